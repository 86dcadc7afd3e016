//! Riders in one place, without a clock and without Redis, for rehearsals.

use std::sync::Arc;
use std::time::Duration;

use domain::{Order, Point, RiderId, Timestamp};

use super::RADIUS_METERS;
use super::state::State;
use super::watcher::Watcher;
use crate::latency::Stamp;
use crate::topics::Listener;

/// Riders who look around and do not move.
pub(crate) struct Crowd {
    state: State,
    now: Timestamp,
}

impl Crowd {
    /// Everybody stands at `point`, at this moment.
    pub(crate) fn at(
        point: Point,
        now: Timestamp,
        riders: impl Iterator<Item = (RiderId, Arc<Listener>)>,
    ) -> Crowd {
        let mut state = State::new(Duration::MAX);
        for (rider, listener) in riders {
            state.add(Watcher::new(rider, point, RADIUS_METERS, listener, now), now);
        }
        Crowd { state, now }
    }

    /// A job is on offer.
    pub(crate) fn hear(&mut self, job: &Order, stamp: Stamp) {
        self.state.take(job.clone(), self.now, Some(stamp));
    }

    /// Tells everybody what there is to tell.
    pub(crate) fn deliver(&mut self) {
        self.state.deliver();
    }
}
