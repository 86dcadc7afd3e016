//! The jobs on offer, by where they begin and where they end.

use std::ops::Deref;
use std::sync::Arc;

use domain::{Order, OrderId, Point};
use foldhash::HashMap;

use super::grid::Grid;
use super::sphere::Place;

/// The first circle in which is searched, as a part of the one that is asked for. In a crowded town
/// it has enough.
const FIRST_CIRCLE: f64 = 0.125;

/// The job of an order, and where it begins and ends.
#[derive(Debug)]
pub(super) struct Job {
    order: Order,
    pub(super) pickup: Place,
    pub(super) dropoff: Place,
}

impl From<Order> for Job {
    fn from(order: Order) -> Job {
        let (pickup, dropoff) = (Place::of(order.shop.position), Place::of(order.address.position));
        Job { order, pickup, dropoff }
    }
}

impl Deref for Job {
    type Target = Order;

    fn deref(&self) -> &Order {
        &self.order
    }
}

/// Every job on offer.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    all: HashMap<OrderId, Arc<Job>>,
    pickups: Grid<OrderId>,
    dropoffs: Grid<OrderId>,
}

/// The jobs nearest to a place.
pub(super) struct Nearest {
    /// The nearest pick-up first.
    pub(super) jobs: Vec<Arc<Job>>,
    /// Whether there are others.
    pub(super) is_cut: bool,
}

impl Jobs {
    pub(super) fn get(&self, id: OrderId) -> Option<&Arc<Job>> {
        self.all.get(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Job>> {
        self.all.values()
    }

    pub(super) fn put(&mut self, job: Arc<Job>) {
        let (pickup, dropoff) = (job.shop.position, job.address.position);
        let id = job.id;
        if self.all.insert(id, job).is_none() {
            self.pickups.insert(pickup, id);
            self.dropoffs.insert(dropoff, id);
        }
    }

    pub(super) fn remove(&mut self, order: &Order) {
        if self.all.remove(&order.id).is_some() {
            self.pickups.remove(order.shop.position, order.id);
            self.dropoffs.remove(order.address.position, order.id);
        }
    }

    /// At most `max` jobs that begin or end within the radius. Costs as much as jobs are in the
    /// circle around the nearest `max` of them, and in that of a kilometer at least.
    pub(super) fn nearest(&self, from: Point, radius_meters: f64, max: usize) -> Nearest {
        let mut found: Vec<(f64, OrderId)> = Vec::new();
        let mut circle_meters = radius_meters * FIRST_CIRCLE;
        loop {
            found.clear();
            found.extend(self.pickups.within(from, circle_meters));
            if found.len() > max || circle_meters >= radius_meters {
                break;
            }
            circle_meters = (circle_meters * 2.0).min(radius_meters);
        }
        if found.len() <= max {
            let place = Place::of(from);
            // They begin further away than any of the others.
            let beyond = self.dropoffs.within(from, radius_meters).filter_map(|(_, id)| {
                let meters = place.meters_to(self.all.get(&id)?.pickup);
                (meters > radius_meters).then_some((meters, id))
            });
            found.extend(beyond);
        }
        let by_distance =
            |a: &(f64, OrderId), b: &(f64, OrderId)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        let is_cut = found.len() > max;
        if is_cut {
            found.select_nth_unstable_by(max, by_distance);
            found.truncate(max);
        }
        found.sort_unstable_by(by_distance);
        let jobs = found.iter().filter_map(|(_, id)| self.all.get(id).cloned()).collect();
        Nearest { jobs, is_cut }
    }
}
