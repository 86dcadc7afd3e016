//! How often riders say where they are: a small bucket for each, which fills steadily. Known to this
//! hub alone, because a rider who talks to two at once gains next to nothing.

use std::time::{Duration, Instant};

use dashmap::DashMap;
use domain::RiderId;

/// One report fills in again after this long.
const EVERY: Duration = Duration::from_millis(500);
/// So many may come at once.
const BURST: u32 = 2;
/// Riders who are remembered before those who have paused are forgotten.
const REMEMBERED: usize = 10_000;

/// When each rider's bucket is full again. As far ahead of now as it is empty.
#[derive(Debug, Default)]
pub(crate) struct Paces(DashMap<RiderId, Instant>);

impl Paces {
    /// Takes one report out of the rider's bucket, if there is one.
    pub(crate) fn take(&self, rider: &RiderId, now: Instant) -> bool {
        if self.0.len() > REMEMBERED {
            self.0.retain(|_, full_at| *full_at > now);
        }
        let mut full_at = self.0.entry(rider.clone()).or_insert(now);
        let next = (*full_at).max(now) + EVERY;
        let is_there = next <= now + EVERY * BURST;
        if is_there {
            *full_at = next;
        }
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_at_once_and_two_a_second() {
        let (jun, bora): (RiderId, RiderId) = ("r-jun".parse().unwrap(), "r-bora".parse().unwrap());
        let (paces, start) = (Paces::default(), Instant::now());
        assert_eq!((0..10).filter(|_| paces.take(&jun, start)).count(), 2);
        assert!(paces.take(&bora, start), "everybody has a bucket of their own");
        let tenths = (1..=100).map(|tenth| start + Duration::from_millis(100 * tenth));
        let taken = tenths.filter(|now| paces.take(&jun, *now)).count();
        assert_eq!(taken, 20);
    }
}
