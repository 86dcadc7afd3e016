//! The jobs around each rider who is connected here: which they see, and telling them what comes
//! and goes as jobs change and riders move.
//!
//! Holds every job on offer in the city, kept current by the feeds: some thousands at most. One
//! mutex guards it all: whatever happens touches riders and jobs together, takes microseconds and
//! never waits.

mod grid;
mod watcher;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::{DeliveryState, Order, OrderId, Point, RiderId, Timestamp};
use serde::Deserialize;
use streams::{Entry, Error, Kind, Streams};

use crate::protocol::{Payload, Unsubscribed};
use crate::topics::Listener;
use crate::view::JobView;
use grid::Grid;
use watcher::{Gone, Watcher};

/// The name of the channel.
pub(crate) const CHANNEL: &str = "nearby";
/// Radius of those who do not say.
const RADIUS_METERS: u32 = 3_000;
/// Radii that may be asked for.
const RADIUS_RANGE_METERS: std::ops::RangeInclusive<u32> = 100..=10_000;
/// A job that is seen stays so until it is this much further away, so that an edge does not
/// flicker.
const LEAVE_FACTOR: f64 = 1.1;
/// Reaches around the earth.
const EVERYWHERE_METERS: u32 = 20_040_000;

/// Events with which a job comes on offer. Jobs that are on offer already are known.
const OPENINGS: [&str; 3] = ["CookStarted", "CookFinished", "JobReleased"];

/// Riders and jobs. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Nearby(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// A rider who has not said where they are for longer is offered nothing new.
    stale: Duration,
}

#[derive(Debug, Default)]
struct State {
    jobs: HashMap<OrderId, Arc<Order>>,
    /// Each job twice: where it is picked up and where it goes.
    places: Grid<OrderId>,
    watchers: HashMap<u64, Watcher>,
    positions: Grid<u64>,
    riders: HashMap<RiderId, Vec<u64>>,
    next: u64,
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
    pub(crate) fn new(stale: Duration) -> Nearby {
        Nearby(Arc::new(Shared { state: Mutex::default(), stale }))
    }

    /// Reads every job on offer.
    ///
    /// # Errors
    /// If Redis fails.
    pub(crate) async fn begin(&self, streams: &Streams) -> Result<(), Error> {
        let jobs = streams.jobs_near(Point { lat: 0.0, lng: 0.0 }, EVERYWHERE_METERS).await?;
        let mut state = self.lock();
        state.jobs.clear();
        state.places = Grid::default();
        for job in jobs {
            state.put(Arc::new(job));
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
        let mut state = self.lock();
        state.next += 1;
        let id = state.next;
        let radius_meters = look.radius_meters.unwrap_or(RADIUS_METERS);
        let mut watcher = Watcher::new(rider.clone(), look.point, radius_meters, listener);
        let mut jobs: Vec<JobView> = state
            .jobs_around(look.point, f64::from(radius_meters))
            .iter()
            .filter_map(|job| watcher.discover(job))
            .collect();
        jobs.sort_by_key(|job| job.distance_meters);
        state.positions.insert(look.point, id);
        state.riders.entry(rider).or_default().push(id);
        state.watchers.insert(id, watcher);
        (NearbyListing { nearby: self.clone(), id }, jobs, radius_meters)
    }

    /// A rider is somewhere else. `at`, if known, says whether this is news.
    pub(crate) fn rider_moved(&self, rider: &RiderId, point: Point, at: Timestamp) {
        let mut state = self.lock();
        let Some(ids) = state.riders.get(rider).cloned() else { return };
        for id in ids {
            let is_news = state.watchers.get_mut(&id).is_some_and(|it| it.is_news(at));
            if is_news {
                state.look(id, Look { point, radius_meters: None });
            }
        }
    }

    /// A rider has gone home, or is told to look again.
    pub(crate) fn end(&self, rider: &RiderId, end: Unsubscribed) {
        let state = self.lock();
        for id in state.riders.get(rider).into_iter().flatten() {
            state.watchers[id].listener.end(CHANNEL, end);
        }
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

    /// Takes an entry of a feed into account; `order` is its order, where it is decoded already.
    pub(crate) fn hear(&self, entry: &Entry, order: Option<&Order>) {
        let (Kind::Order, Some(id)) = (entry.kind, entry.order) else { return };
        let mut state = self.lock();
        let is_opening = || entry.events.split(',').any(|event| OPENINGS.contains(&event));
        match state.jobs.get(&id) {
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
        match order.is_job_on_offer() {
            true => state.offer(Arc::new(order), self.0.stale),
            false => state.withdraw(&order),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn put(&mut self, job: Arc<Order>) {
        let (pickup, dropoff) = (job.shop.position, job.address.position);
        let id = job.id;
        if self.jobs.insert(id, job).is_none() {
            self.places.insert(pickup, id);
            self.places.insert(dropoff, id);
        }
    }

    /// A job is on offer, or what is on offer has changed.
    fn offer(&mut self, job: Arc<Order>, stale: Duration) {
        self.put(job.clone());
        let now = Instant::now();
        for id in self.watchers_around(&job) {
            let Some(watcher) = self.watchers.get_mut(&id) else { continue };
            if watcher.sees(job.id) || watcher.is_fresh(now, stale) {
                watcher.tell_job(&job);
            }
        }
    }

    /// A job is not on offer any more.
    fn withdraw(&mut self, order: &Order) {
        if self.jobs.remove(&order.id).is_some() {
            self.places.remove(order.shop.position, order.id);
            self.places.remove(order.address.position, order.id);
        }
        let gone = match order.delivery.state {
            DeliveryState::Claimed | DeliveryState::PickedUp | DeliveryState::Completed => {
                Gone::Taken
            }
            _ => Gone::Canceled,
        };
        for id in self.watchers_around(order) {
            if let Some(watcher) = self.watchers.get_mut(&id) {
                watcher.tell_gone(order.id, gone);
            }
        }
    }

    /// A rider looks from somewhere else, or further.
    fn look(&mut self, id: u64, look: Look) {
        let Some(watcher) = self.watchers.get_mut(&id) else { return };
        let before = watcher.turn(look);
        let radius_meters = f64::from(watcher.radius_meters);
        self.positions.remove(before, id);
        self.positions.insert(look.point, id);
        let jobs = self.jobs_around(look.point, radius_meters);
        let Some(watcher) = self.watchers.get_mut(&id) else { return };
        watcher.forget_far(&self.jobs);
        for job in jobs.iter().filter(|job| !watcher.sees(job.id)).collect::<Vec<_>>() {
            watcher.tell_job(job);
        }
    }

    fn jobs_around(&self, point: Point, radius_meters: f64) -> Vec<Arc<Order>> {
        let mut ids = Vec::new();
        self.places.near(point, radius_meters, &mut ids);
        ids.sort_unstable();
        ids.dedup();
        ids.iter().filter_map(|id| self.jobs.get(id).cloned()).collect()
    }

    /// Whoever may see a job: near either end of it.
    fn watchers_around(&self, job: &Order) -> Vec<u64> {
        let reach_meters = f64::from(*RADIUS_RANGE_METERS.end()) * LEAVE_FACTOR;
        let mut ids = Vec::new();
        self.positions.near(job.shop.position, reach_meters, &mut ids);
        self.positions.near(job.address.position, reach_meters, &mut ids);
        ids.sort_unstable();
        ids.dedup();
        ids
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
        self.nearby.lock().look(self.id, look);
    }
}

impl Drop for NearbyListing {
    fn drop(&mut self) {
        let mut state = self.nearby.lock();
        let Some(watcher) = state.watchers.remove(&self.id) else { return };
        state.positions.remove(watcher.point, self.id);
        if let Some(ids) = state.riders.get_mut(&watcher.rider) {
            ids.retain(|id| *id != self.id);
            if ids.is_empty() {
                state.riders.remove(&watcher.rider);
            }
        }
    }
}
