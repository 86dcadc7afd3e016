//! One hub among others: it says how many connections it has, hears how many all have, and sends
//! some on while it has far more than its share. A hub that was added takes nothing off the old
//! ones by itself: connections stay where they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use streams::{Hubs, Streams};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::seats::Seats;

/// Between two times that a hub says how many it has.
const BEAT_EVERY: Duration = Duration::from_secs(3);
/// After how long a hub that says nothing is forgotten: three times.
const SILENT_MAX: Duration = Duration::from_secs(3 * BEAT_EVERY.as_secs());
/// Above so many times the average, a hub has too many.
const TOO_MANY: f64 = 1.25;
/// So few are never too many: among little hubs a handful tips the average.
const FEW: usize = 100;
/// What share of its connections a hub sends on in a second, and how many at least. At that pace
/// the others answer those who come without noticing.
const SENT_ON_SHARE: f64 = 0.01;
const SENT_ON_MIN: f64 = 10.0;
/// So many times its surplus a hub sends on before it looks whether that does any good.
const TRIES: usize = 2;
/// For how long it then rests: those who were sent on came back, because somebody sends everybody
/// here.
const REST: Duration = Duration::from_secs(300);

/// This hub among the others.
pub(super) struct Member {
    pub(super) id: Uuid,
    pub(super) streams: Streams,
    pub(super) seats: Arc<Seats>,
    /// Before it does, it can take nothing off the others.
    pub(super) is_following: Arc<AtomicBool>,
}

impl Member {
    /// Takes part until `leaving`, and does not count from then on.
    pub(super) async fn run(self, leaving: CancellationToken) {
        let id = self.id.to_string();
        leaving.run_until_cancelled(self.take_part(&id)).await;
        if let Err(error) = self.streams.forget_hub(&id).await {
            tracing::debug!(%error, "the others will see by themselves that this hub is gone");
        }
    }

    async fn take_part(&self, id: &str) {
        let mut balance = Balance::default();
        let mut beats = interval(BEAT_EVERY);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beats.tick().await;
            if !self.is_following.load(Ordering::Acquire) {
                continue;
            }
            let own = self.seats.staying();
            // Without the others nobody has too many.
            let Ok(hubs) = self.streams.note_hub(id, own, SILENT_MAX).await else { continue };
            metrics::gauge!("hub_hubs").set(hubs.count as f64);
            metrics::gauge!("hub_hubs_connections").set(hubs.connections as f64);
            let surplus = balance.surplus(own, hubs, Instant::now());
            self.seats.send_on(surplus, BEAT_EVERY).await;
        }
    }
}

/// Whether this hub sends any on.
#[derive(Debug, Default, PartialEq)]
enum Balance {
    /// It has not too many.
    #[default]
    Fair,
    /// It has, and sends on so many more at most.
    Tipped { left: usize, on_the_way: OnTheWay },
    /// It has sent many on, and that did no good.
    Resting { until: Instant },
}

/// How many were sent on in each of the last beats: where they are now, nobody may have said yet.
type OnTheWay = [usize; 2];

impl Balance {
    /// How many of its `own` connections a hub sends on until the next beat.
    fn surplus(&mut self, own: usize, hubs: Hubs, now: Instant) -> usize {
        let connections = hubs.connections as usize;
        let share_of = |connections: usize| connections.div_ceil(hubs.count.max(1) as usize);
        let share = share_of(connections);
        let has_too_many = own > FEW && own as f64 > share as f64 * TOO_MANY;
        match self {
            Balance::Resting { until } if now < *until => return 0,
            Balance::Fair | Balance::Resting { .. } if has_too_many => {
                let left = TRIES * (own - share);
                *self = Balance::Tipped { left, on_the_way: OnTheWay::default() };
            }
            Balance::Tipped { left: 0, .. } if has_too_many => {
                *self = Balance::Resting { until: now + REST };
            }
            Balance::Tipped { left: 1.., .. } if own > FEW.max(share) => (),
            Balance::Fair | Balance::Resting { .. } | Balance::Tipped { .. } => {
                *self = Balance::Fair;
            }
        }
        let Balance::Tipped { left, on_the_way } = self else { return 0 };
        let share = share_of(connections + on_the_way.iter().sum::<usize>());
        let pace = (own as f64 * SENT_ON_SHARE).max(SENT_ON_MIN) * BEAT_EVERY.as_secs_f64();
        let surplus = own.saturating_sub(share).min(*left).min(pace as usize);
        *left -= surplus;
        *on_the_way = [surplus, on_the_way[0]];
        surplus
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What this hub does while all it sends on go to the others, or come back to it.
    fn beats(mut own: usize, others: usize, hubs: u64, come_back: bool) -> (Vec<usize>, usize) {
        let mut balance = Balance::default();
        let connections = (own + others) as u64;
        let now = Instant::now();
        let mut sent_on = Vec::new();
        for beat in 0..90 {
            let now = now + BEAT_EVERY * beat;
            let surplus = balance.surplus(own, Hubs { count: hubs, connections }, now);
            if !come_back {
                own -= surplus;
            }
            sent_on.push(surplus);
        }
        (sent_on, own)
    }

    #[test]
    fn a_hub_that_has_far_more_than_its_share_comes_down_to_it_slowly() {
        let (sent_on, own) = beats(300, 0, 2, false);
        assert_eq!(own, 150);
        assert!(sent_on.iter().all(|it| *it <= 30), "{sent_on:?}");
        // A city: 25,000 on each of three, and a fourth that is new.
        let (sent_on, own) = beats(25_000, 50_000, 4, false);
        assert!(sent_on.iter().all(|it| *it <= 750), "{sent_on:?}");
        assert_eq!(own, 18_750);
    }

    #[test]
    fn small_differences_and_small_hubs_are_left_alone() {
        for (own, others, hubs) in [(300, 0, 1), (100, 0, 2), (12_500, 7_500, 2), (0, 300, 2)] {
            let (sent_on, _) = beats(own, others, hubs, false);
            assert_eq!(sent_on.iter().sum::<usize>(), 0, "{own} of {others} more");
        }
    }

    #[test]
    fn sending_on_those_who_come_back_has_an_end() {
        let (sent_on, _) = beats(300, 0, 2, true);
        assert_eq!(sent_on.iter().sum::<usize>(), TRIES * 150, "{sent_on:?}");
    }

    #[test]
    fn whoever_is_on_the_way_is_not_missing() {
        let mut balance = Balance::default();
        let now = Instant::now();
        // The other hub says later than this one how many it has.
        let (mut own, mut other, mut known) = (300, 0, 0);
        while own > 150 {
            let hubs = Hubs { count: 2, connections: (own + known) as u64 };
            known = other;
            let surplus = balance.surplus(own, hubs, now);
            (own, other) = (own - surplus, other + surplus);
        }
        assert_eq!(own, 150);
    }

    #[test]
    fn after_a_rest_it_is_tried_again() {
        let hubs = Hubs { count: 2, connections: 300 };
        let now = Instant::now();
        let mut balance = Balance::Resting { until: now };
        assert_eq!(balance.surplus(300, hubs, now), 30);
        let mut balance = Balance::Resting { until: now + REST };
        assert_eq!(balance.surplus(300, hubs, now), 0);
    }
}
