//! Who looks, what is on offer, and who is told what comes and goes. Reads no clock.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{DeliveryState, Order, OrderId, Point, RiderId, Timestamp};

use super::grid::Grid;
use super::reach::Reaches;
use super::watcher::{Gone, Watcher};
use super::{LEAVE_FACTOR, Look};
use crate::latency::Stamp;
use crate::view::JobView;

#[derive(Debug)]
pub(super) struct State {
    /// A rider who has not said where they are for longer is offered nothing new.
    pub(super) stale: Duration,
    pub(super) jobs: HashMap<OrderId, Arc<Order>>,
    /// Each job twice: where it is picked up and where it goes.
    pub(super) places: Grid<OrderId>,
    pub(super) watchers: HashMap<u64, Watcher>,
    pub(super) positions: Reaches,
    pub(super) riders: HashMap<RiderId, Vec<u64>>,
    /// Riders of whom a newer position is known than the one they look from.
    pub(super) moved: HashMap<RiderId, (Point, Timestamp)>,
    pub(super) next: u64,
}

impl State {
    pub(super) fn new(stale: Duration) -> State {
        State {
            stale,
            jobs: HashMap::new(),
            places: Grid::default(),
            watchers: HashMap::new(),
            positions: Reaches::default(),
            riders: HashMap::new(),
            moved: HashMap::new(),
            next: 0,
        }
    }

    pub(super) fn put(&mut self, job: Arc<Order>) {
        let (pickup, dropoff) = (job.shop.position, job.address.position);
        let id = job.id;
        if self.jobs.insert(id, job).is_none() {
            self.places.insert(pickup, id);
            self.places.insert(dropoff, id);
        }
    }

    /// Somebody begins to look. Returns what they see, nearest pick-up first.
    pub(super) fn add(&mut self, mut watcher: Watcher, now: Timestamp) -> (u64, Vec<JobView>) {
        self.next += 1;
        let id = self.next;
        let radius_meters = f64::from(watcher.radius_meters);
        let mut jobs: Vec<JobView> = self
            .jobs_around(watcher.point, radius_meters)
            .iter()
            .filter_map(|job| watcher.discover(job, now))
            .collect();
        jobs.sort_by_key(|job| job.distance_meters);
        self.positions.insert(watcher.point, watcher.radius_meters, id);
        self.riders.entry(watcher.rider.clone()).or_default().push(id);
        self.watchers.insert(id, watcher);
        (id, jobs)
    }

    pub(super) fn remove(&mut self, id: u64) {
        let Some(watcher) = self.watchers.remove(&id) else { return };
        self.positions.remove(watcher.point, watcher.radius_meters, id);
        if let Some(ids) = self.riders.get_mut(&watcher.rider) {
            ids.retain(|it| *it != id);
            if ids.is_empty() {
                self.riders.remove(&watcher.rider);
                self.moved.remove(&watcher.rider);
            }
        }
    }

    /// An order is different since `stamp`.
    pub(super) fn take(&mut self, order: Arc<Order>, now: Timestamp, stamp: Option<Stamp>) {
        match order.is_job_on_offer() {
            true => self.offer(order, now, stamp),
            false => self.withdraw(&order, stamp),
        }
    }

    /// A job is on offer, or what is on offer has changed.
    pub(super) fn offer(&mut self, job: Arc<Order>, now: Timestamp, stamp: Option<Stamp>) {
        self.put(job.clone());
        for id in self.watchers_around(&job) {
            let Some(watcher) = self.watchers.get_mut(&id) else { continue };
            if watcher.sees(job.id) || watcher.is_fresh(now, self.stale) {
                watcher.tell_job(&job, now, stamp);
            }
        }
    }

    /// A job is not on offer any more.
    pub(super) fn withdraw(&mut self, order: &Order, stamp: Option<Stamp>) {
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
                watcher.tell_gone(order.id, gone, stamp);
            }
        }
    }

    pub(super) fn moved_to(&mut self, rider: &RiderId, point: Point, at: Timestamp) {
        if !self.riders.contains_key(rider) {
            return;
        }
        let moved = self.moved.entry(rider.clone()).or_insert((point, at));
        if at > moved.1 {
            *moved = (point, at);
        }
    }

    pub(super) fn tick(&mut self, now: Timestamp) {
        for (rider, (point, at)) in std::mem::take(&mut self.moved) {
            for id in self.riders.get(&rider).cloned().unwrap_or_default() {
                if self.watchers.get_mut(&id).is_some_and(|it| it.is_news(at)) {
                    self.turn(id, Look { point, radius_meters: None }, at, now);
                }
            }
        }
    }

    /// A rider is somewhere else since `at`, or looks further.
    pub(super) fn turn(&mut self, id: u64, look: Look, at: Timestamp, now: Timestamp) {
        let Some(watcher) = self.watchers.get_mut(&id) else { return };
        let (point, radius_meters) = (watcher.point, watcher.radius_meters);
        let was_fresh = watcher.is_fresh(now, self.stale);
        let is_far = watcher.turn(look, at);
        self.positions.remove(point, radius_meters, id);
        self.positions.insert(watcher.point, watcher.radius_meters, id);
        // Who comes back after a silence has missed what was offered meanwhile.
        if is_far || !was_fresh {
            self.look(id, now);
        }
    }

    /// Compares what a rider sees with what is near, and tells the difference.
    pub(super) fn look(&mut self, id: u64, now: Timestamp) {
        let Some(watcher) = self.watchers.get(&id) else { return };
        let reach_meters = f64::from(watcher.radius_meters) * LEAVE_FACTOR;
        let jobs = self.jobs_around(watcher.point, reach_meters);
        let Some(watcher) = self.watchers.get_mut(&id) else { return };
        watcher.forget_far(&self.jobs);
        let is_fresh = watcher.is_fresh(now, self.stale);
        for job in jobs {
            if watcher.sees(job.id) || is_fresh {
                watcher.tell_difference(&job, now);
            }
        }
    }

    pub(super) fn jobs_around(&self, point: Point, radius_meters: f64) -> Vec<Arc<Order>> {
        let mut ids = Vec::new();
        self.places.near(point, radius_meters, &mut ids);
        ids.sort_unstable();
        ids.dedup();
        ids.iter().filter_map(|id| self.jobs.get(id).cloned()).collect()
    }

    /// Whoever may see a job: near either end of it.
    pub(super) fn watchers_around(&self, job: &Order) -> Vec<u64> {
        let mut ids = Vec::new();
        self.positions.around(job.shop.position, &mut ids);
        self.positions.around(job.address.position, &mut ids);
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}
