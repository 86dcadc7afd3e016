//! An order for which a rider comes, or came, and what its store was told of the way.

use std::time::{Duration, Instant};

use domain::{Order, OrderId, Point, RiderId, StoreId};
use streams::Fix;

use crate::view::{self, RiderDistanceView};

/// A store is told of one order at most once in this time; somebody reads it at the stove.
const TOLD_EVERY: Duration = Duration::from_secs(2);
/// Who stands still is told of again after this long, by the positions' own time, so that nobody
/// takes them for lost.
const RETOLD_EVERY: Duration = Duration::from_secs(10);
/// A phone knows no better where it is.
const STEP_METERS: f64 = 10.0;

/// What is known of the way to one order.
pub(super) struct Awaited {
    /// Of the order; an older picture says nothing.
    pub(super) version: u64,
    pub(super) store: StoreId,
    pickup: Point,
    /// Who comes; nobody any more once it is over.
    pub(super) rider: Option<RiderId>,
    /// Since when it is so.
    pub(super) since: Instant,
    waiting: Option<Fix>,
    told: Option<(Instant, RiderDistanceView)>,
}

impl Awaited {
    pub(super) fn new(order: &Order, rider: Option<RiderId>, since: Instant) -> Awaited {
        let (store, pickup) = (order.shop.id.clone(), order.shop.position);
        Awaited { version: order.version, store, pickup, rider, since, waiting: None, told: None }
    }

    /// The rider is here, unless that is older than what is known.
    pub(super) fn rider_is(&mut self, fix: Fix) {
        if self.waiting.is_none_or(|known| fix.at > known.at) {
            self.waiting = Some(fix);
        }
    }

    /// What was told last.
    pub(super) fn told(&self) -> Option<&RiderDistanceView> {
        self.told.as_ref().map(|(_, distance)| distance)
    }

    /// What is to be told now of the order `id`, and to whom.
    pub(super) fn due(
        &mut self,
        id: OrderId,
        now: Instant,
    ) -> Option<(StoreId, RiderDistanceView)> {
        let (fix, rider) = (self.waiting?, self.rider.clone()?);
        if self.told.as_ref().is_some_and(|(at, _)| now.duration_since(*at) < TOLD_EVERY) {
            return None;
        }
        self.waiting = None;
        let steps = (self.pickup.distance_meters(fix.point) / STEP_METERS).round();
        let distance_meters = (steps * STEP_METERS) as u32;
        let is_known = self.told().is_some_and(|told| {
            let is_same = told.distance_meters == distance_meters;
            fix.at <= told.at.0 || is_same && fix.at.since(told.at.0) < RETOLD_EVERY
        });
        if is_known {
            return None;
        }
        let at = view::Instant(fix.at);
        let distance = RiderDistanceView { order_id: id, rider_id: rider, distance_meters, at };
        self.told = Some((now, distance.clone()));
        Some((self.store.clone(), distance))
    }
}
