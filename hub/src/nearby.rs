//! The jobs around each rider who is connected here: which they see, and telling them what comes
//! and goes as jobs change and riders move.
//!
//! Holds every job on offer in the city, kept current by the feeds: some thousands at most. One
//! mutex guards it all: whatever happens touches riders and jobs together, takes microseconds and
//! never waits.

mod bulletin;
mod crowd;
mod grid;
mod jobs;
mod mail;
mod reach;
mod sphere;
mod state;
#[cfg(test)]
mod tests;
mod watcher;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{Order, OrderId, Point, RiderId, StoreId, Timestamp};
use serde::Deserialize;
use streams::{Entry, Error, Kind, Streams};

use crate::latency::Stamp;
use crate::protocol::{Payload, Unsubscribed};
use crate::topics::Listener;
use crate::view::JobView;
use jobs::{Job, Jobs};
use state::State;
use watcher::Watcher;

pub(crate) use crowd::Crowd;
pub(crate) use grid::Grid;

/// The name of the channel.
pub(crate) const CHANNEL: &str = "nearby";
/// Radius of those who do not say.
const RADIUS_METERS: u32 = 3_000;
/// Radii that may be asked for.
const RADIUS_RANGE_METERS: std::ops::RangeInclusive<u32> = 100..=10_000;
/// A job that is seen stays so until it is this much further away, so that an edge does not
/// flicker.
const LEAVE_FACTOR: f64 = 1.1;
/// Most jobs that are shown at first, and by REST.
pub(crate) const JOBS_MAX: usize = 100;
/// Riders who look around while everybody else waits: some hundred microseconds.
const LOOKS_AT_ONCE: usize = 16;
/// Reaches around the earth.
const EVERYWHERE_METERS: u32 = 20_040_000;

/// Events with which a job comes on offer. Jobs that are on offer already are known.
const OPENINGS: [&str; 3] = ["CookStarted", "CookFinished", "JobReleased"];

/// Riders and jobs. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Nearby {
    state: Arc<Mutex<State>>,
    /// By whose clock positions grow old.
    streams: Streams,
}

/// A job that can be claimed.
#[derive(Clone, Debug)]
pub(crate) struct OpenJob {
    pub(crate) order: OrderId,
    pub(crate) store: StoreId,
    pub(crate) pickup: Point,
    pub(crate) ring_meters: u32,
}

/// Where a rider looks.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Look {
    #[serde(flatten)]
    point: Point,
    radius_meters: Option<u32>,
}

impl Look {
    /// Reads it, if it makes sense.
    pub(crate) fn parse(data: Option<&Payload>) -> Option<Look> {
        let look: Look = serde_json::from_str(data?.get()).ok()?;
        let is_sane = look.radius_meters.is_none_or(|it| RADIUS_RANGE_METERS.contains(&it));
        (look.point.is_valid() && is_sane).then_some(look)
    }
}

impl Nearby {
    pub(crate) fn new(streams: Streams, stale: Duration) -> Nearby {
        Nearby { state: Arc::new(Mutex::new(State::new(stale))), streams }
    }

    /// Reads every job on offer.
    ///
    /// # Errors
    /// If Redis fails.
    pub(crate) async fn begin(&self, streams: &Streams) -> Result<(), Error> {
        let jobs = streams.jobs_near(Point { lat: 0.0, lng: 0.0 }, EVERYWHERE_METERS).await?;
        let mut state = self.lock();
        state.jobs = Jobs::default();
        for job in jobs {
            state.jobs.put(Arc::new(job.into()));
        }
        Ok(())
    }

    /// From now on `listener` is told of the jobs around `rider`, as long as the result lives.
    /// Returns the jobs that are there, nearest first, and the radius.
    pub(crate) fn listen(
        &self,
        rider: RiderId,
        look: Look,
        listener: Arc<Listener>,
    ) -> (NearbyListing, Vec<JobView>, u32) {
        let radius_meters = look.radius_meters.unwrap_or(RADIUS_METERS);
        let watcher =
            Watcher::new(rider, look.point, radius_meters, listener, self.streams.reckoned_now());
        let (id, jobs) = self.lock().add(watcher, self.streams.reckoned_now());
        (NearbyListing { nearby: self.clone(), id }, jobs, radius_meters)
    }

    /// A rider is somewhere else since `at`; looked at with the next tick, the newest only.
    pub(crate) fn rider_moved(&self, rider: &RiderId, point: Point, at: Timestamp) {
        self.lock().moved_to(rider, point, at);
    }

    /// Lets everybody who has moved look around from where they are, a few at a time: whoever
    /// has something to tell need not wait for all.
    pub(crate) async fn tick(&self) {
        while self.look_around() {
            tokio::task::yield_now().await;
        }
    }

    /// Whether there are more who have reason to.
    fn look_around(&self) -> bool {
        let mut state = self.lock();
        let are_more = state.tick(self.streams.reckoned_now(), LOOKS_AT_ONCE);
        state.deliver();
        are_more
    }

    /// The jobs around `from`, nearest pick-up first, in the eyes of `rider`.
    pub(crate) fn around(&self, rider: &RiderId, from: Point, radius_meters: u32) -> Vec<JobView> {
        let now = self.streams.reckoned_now();
        let near = self.lock().jobs.nearest(from, f64::from(radius_meters), JOBS_MAX);
        near.jobs.iter().map(|job| JobView::offered(job, rider, from, now)).collect()
    }

    /// A place in time: looks that begin later have nothing to do with what was known before.
    pub(crate) fn mark(&self) -> u64 {
        self.lock().next
    }

    /// A rider has gone home; ends what they began up to `mark`.
    pub(crate) fn end(&self, rider: &RiderId, mark: u64, end: Unsubscribed) {
        let state = self.lock();
        let ids = state.riders.get(rider).into_iter().flatten().filter(|id| **id <= mark);
        ids.for_each(|id| state.watchers[id].listener.end(CHANNEL, end));
    }

    /// Makes every rider look again: what they see may be wrong.
    pub(crate) fn unsettle(&self) {
        for watcher in self.lock().watchers.values() {
            watcher.listener.end(CHANNEL, Unsubscribed::INSUFFICIENT_STATE);
        }
    }

    /// How many riders look.
    pub(crate) fn riders(&self) -> usize {
        self.lock().riders.len()
    }

    /// The jobs that can be claimed and of which `is_wanted` is true.
    pub(crate) fn open_jobs(&self, is_wanted: impl Fn(OrderId, &StoreId) -> bool) -> Vec<OpenJob> {
        let state = self.lock();
        let jobs = state.jobs.iter().filter(|job| is_wanted(job.id, &job.shop.id));
        let open = |job: &Arc<Job>| {
            Some(OpenJob {
                order: job.id,
                store: job.shop.id.clone(),
                pickup: job.shop.position,
                ring_meters: job.ring_meters()?,
            })
        };
        jobs.filter_map(open).collect()
    }

    /// Whether a job can be claimed.
    pub(crate) fn is_open(&self, order: OrderId) -> bool {
        self.lock().jobs.get(order).is_some_and(|job| job.ring_meters().is_some())
    }

    /// Takes an entry of a feed into account; `order` is its order, where it is decoded already.
    /// Whoever is to be told of it is so by [`Nearby::deliver`]: what comes together is one message.
    pub(crate) fn hear(&self, entry: &Entry, order: Option<&Order>, stamp: Stamp) {
        let (Kind::Order, Some(id)) = (entry.kind, entry.order) else { return };
        let mut state = self.lock();
        let is_opening = || entry.events.split(',').any(|event| OPENINGS.contains(&event));
        match state.jobs.get(id) {
            // The scan at the start was ahead of the feed.
            Some(known) if known.version >= entry.version => return,
            None if !is_opening() => return,
            _ => (),
        }
        let order = match order {
            Some(order) => order.clone(),
            None => match entry.decode_order() {
                Ok(order) => order,
                Err(_) => return,
            },
        };
        state.take(order, self.streams.reckoned_now(), Some(stamp));
    }

    /// Tells everybody what was heard.
    pub(crate) fn deliver(&self) {
        self.lock().deliver();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A rider's look at the jobs around, over when dropped.
#[derive(Debug)]
pub(crate) struct NearbyListing {
    nearby: Nearby,
    id: u64,
}

impl NearbyListing {
    /// The rider says where they are, or how far they want to see.
    pub(crate) fn look(&self, look: Look) {
        let now = self.nearby.streams.reckoned_now();
        let mut state = self.nearby.lock();
        // What the rider said before is not where they are any more.
        if let Some(rider) = state.watchers.get(&self.id).map(|it| it.rider.clone()) {
            state.moved.remove(&rider);
        }
        state.turn(self.id, look, now, now);
        state.deliver();
    }
}

impl Drop for NearbyListing {
    fn drop(&mut self) {
        self.nearby.lock().remove(self.id);
    }
}
