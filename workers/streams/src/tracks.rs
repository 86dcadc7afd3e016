//! What is heard of riders, on its way from the hub that hears it to the hubs that show it: where
//! they are, and that something else about them has changed.
//!
//! A position may be lost, the next one heals that. After any fault whoever follows a rider is told
//! to look, because nobody knows what was missed.

use domain::{OrderId, Point, RiderId, Timestamp};
use serde::Deserialize;
use tokio::sync::mpsc::{self, error::TrySendError};

use crate::Streams;
use crate::pubsub::{Heard, PubSub};

/// What may wait for its reader. Positions beyond that are dropped, newer ones follow.
const WAITING_MAX: usize = 1_024;
/// What is told of a rider of whom something else than the position has changed.
pub(crate) const CHANGED: &str = "changed";

/// Where a rider is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fix {
    /// Where.
    pub point: Point,
    /// Which way they move, in degrees from north, clockwise.
    pub heading: Option<f32>,
    /// When.
    pub at: Timestamp,
}

/// What is heard of a rider.
#[derive(Clone, Debug, PartialEq)]
pub enum Track {
    /// They are here, and these are the jobs they have there; `None` if nobody said. What a feed
    /// tells of an order may be late: a job that is not among them is not brought any more.
    Fix(Fix, Option<Vec<OrderId>>),
    /// Something else is known of them than before, or may be: look.
    Changed,
}

/// The riders somebody wants to see move. Dropping it ends the connections.
pub struct Tracks {
    streams: Streams,
    channels: PubSub,
}

impl Tracks {
    /// Begins to follow nobody; the receiver gets what is heard of whoever is followed, and
    /// [`Track::Changed`] once each time somebody begins to be.
    pub fn open(streams: &Streams) -> (Tracks, mpsc::Receiver<(RiderId, Track)>) {
        let (tell, receiver) = mpsc::channel(WAITING_MAX);
        let channels = PubSub::open(streams, "tracks of riders", move |heard| {
            let (channel, track) = match heard {
                Heard::Joined(channel) => (channel, Some(Track::Changed)),
                Heard::Message(channel, payload) => (channel, track(&payload)),
            };
            let Some(heard) = rider(channel).zip(track) else { return true };
            // A full queue may lose a position, because a newer one follows, but no change.
            let is_change = heard.1 == Track::Changed;
            match tell.try_send(heard) {
                Err(TrySendError::Full(_)) => !is_change,
                Ok(()) | Err(TrySendError::Closed(_)) => true,
            }
        });
        (Tracks { streams: streams.clone(), channels }, receiver)
    }

    /// Wants to see this rider, from now until [`Tracks::unfollow`], through every fault.
    pub fn follow(&self, rider: RiderId) {
        self.channels.join(self.streams.home_of_rider(&rider), self.streams.track(&rider));
    }

    /// Wants to see this rider no more.
    pub fn unfollow(&self, rider: &RiderId) {
        self.channels.leave(self.streams.home_of_rider(rider), self.streams.track(rider));
    }
}

#[cfg(feature = "private-redis")]
impl Streams {
    /// Tells whoever follows this rider where they are, and notes it nowhere. For tests.
    ///
    /// # Errors
    /// If Redis fails; nothing needs to be done about it.
    pub async fn publish_fix(&self, rider: &RiderId, fix: Fix) -> Result<(), crate::Error> {
        use crate::Error;

        let wire = (fix.point.lat, fix.point.lng, fix.heading, fix.at.0);
        let payload = serde_json::to_string(&wire).map_err(Error::decoding("a fix"))?;
        let mut command = redis::cmd("SPUBLISH");
        command.arg(self.track(rider)).arg(payload);
        let receivers = self.ask(self.home_of_rider(rider), &command).await;
        receivers.map(|_: i64| ()).map_err(Error::writing("a fix"))
    }
}

impl Streams {
    /// The channel on which a rider is followed.
    pub(crate) fn track(&self, rider: &RiderId) -> String {
        self.keys().of_one("track", self.home_of_rider(rider), rider)
    }
}

/// Whose channel it is.
fn rider(channel: &str) -> Option<RiderId> {
    channel.rsplit(':').next()?.parse().ok()
}

pub(crate) fn track(payload: &[u8]) -> Option<Track> {
    if payload == CHANGED.as_bytes() {
        return Some(Track::Changed);
    }
    let Wire(lat, lng, heading, at, jobs) = serde_json::from_slice(payload).ok()?;
    Some(Track::Fix(Fix { point: Point { lat, lng }, heading, at: Timestamp(at) }, jobs))
}

/// A position as it is published.
#[derive(Deserialize)]
struct Wire(f64, f64, Option<f32>, u64, #[serde(default)] Option<Vec<OrderId>>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_says_which_jobs_it_is_of_or_nothing_of_them() {
        let fix = Fix { point: Point { lat: 37.5, lng: 126.9 }, heading: None, at: Timestamp(7) };
        let id = OrderId::new(Timestamp(1), 3, 9);
        for (said, jobs) in [
            (String::new(), None),
            (",[]".to_owned(), Some(vec![])),
            (format!(r#",["{id}"]"#), Some(vec![id])),
        ] {
            let payload = format!("[37.5,126.9,null,7{said}]");
            assert_eq!(track(payload.as_bytes()), Some(Track::Fix(fix, jobs)), "{payload}");
        }
    }
}
