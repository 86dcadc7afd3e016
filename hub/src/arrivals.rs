//! Riders on their way to the stores whose boards are followed here, and how far they still have
//! to go.
//!
//! Told beside the ticket and no part of it: it changes while the order does not, and for equal
//! versions every hub must show the same bytes. What is missed of it is told again. Over with the
//! pick-up; where the food goes is none of the store's business.

mod awaited;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::{DeliveryState, Order, OrderId, RiderId, StoreId};
use serde::Serialize;
use streams::{Fix, Streams};
use tokio::time::interval;

use crate::protocol::{Publication, payload};
use crate::topics::{Topic, Topics, Whereabouts};
use crate::view::RiderDistanceView;
use awaited::Awaited;

/// How often it is looked what there is to read and to tell.
const SWEEP_EVERY: Duration = Duration::from_millis(500);
/// Boards that are read in one sweep: after a deploy all stores come back at once, and those who
/// wait for an answer come first.
const BOARDS_MAX: usize = 16;
/// How long an order is remembered for which nobody comes any more, so that an older picture of it
/// does not revive it: longer than any read takes.
const REMEMBERED: Duration = Duration::from_secs(15);

/// Who comes to the stores of this hub. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Arrivals(Arc<Shared>);

struct Shared {
    streams: Streams,
    topics: Topics,
    whereabouts: Whereabouts,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    orders: HashMap<OrderId, Awaited>,
    /// What each rider comes for.
    riders: HashMap<RiderId, Vec<OrderId>>,
    /// Stores that came back without being shown their board.
    unread: HashSet<StoreId>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "riderDistance")]
struct RiderDistance<'a> {
    #[serde(flatten)]
    distance: &'a RiderDistanceView,
}

impl Arrivals {
    pub(crate) fn new(streams: Streams, topics: Topics, whereabouts: Whereabouts) -> Arrivals {
        Arrivals(Arc::new(Shared { streams, topics, whereabouts, known: Mutex::default() }))
    }

    /// Takes an order's state into account, from the feed or from a board.
    pub(crate) fn hear(&self, order: &Order) {
        let state = order.delivery.state;
        let was_open = !matches!(state, DeliveryState::None | DeliveryState::Announced);
        let rider = order.delivery.rider.clone().filter(|_| state == DeliveryState::Claimed);
        let mut known = self.lock();
        match known.orders.get_mut(&order.id) {
            Some(awaited) if awaited.version >= order.version => return,
            Some(awaited) if awaited.rider == rider => {
                awaited.version = order.version;
                return;
            }
            None if !was_open || !self.is_followed(&order.shop.id) => return,
            _ => (),
        }
        let awaited = Awaited::new(order, rider.clone(), Instant::now());
        let before = known.orders.insert(order.id, awaited);
        if let Some(before) = before.and_then(|it| it.rider) {
            self.let_go(&mut known, &before, order.id);
        }
        if let Some(rider) = rider {
            self.await_rider(&mut known, rider, order.id);
        }
    }

    /// Forgets how far orders were: they may have gone back. Whoever still listens is to look again.
    pub(crate) fn forget(&self) {
        let mut known = self.lock();
        known.orders.clear();
        for (rider, _) in std::mem::take(&mut known.riders) {
            self.0.whereabouts.rider_looked(&rider);
        }
    }

    /// A store has come back without being shown its board: who comes to it has to be read.
    pub(crate) fn owe(&self, store: &StoreId) {
        self.lock().unread.insert(store.clone());
    }

    /// How far away the rider of an order is, as it was told last.
    pub(crate) fn distance(&self, order: OrderId) -> Option<RiderDistanceView> {
        self.lock().orders.get(&order)?.told().cloned()
    }

    /// A rider is somewhere else.
    pub(crate) fn rider_is(&self, rider: &RiderId, fix: Fix) {
        let mut due = Vec::new();
        let mut guard = self.lock();
        let known = &mut *guard;
        for id in known.riders.get(rider).into_iter().flatten() {
            if let Some(awaited) = known.orders.get_mut(id) {
                awaited.rider_is(fix);
                due.extend(awaited.due(*id, Instant::now()));
            }
        }
        drop(guard);
        self.tell(due);
    }

    /// Reads and tells for ever. Whoever spawned it stops it.
    pub(crate) async fn run(self) {
        let mut sweeps = interval(SWEEP_EVERY);
        sweeps.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            sweeps.tick().await;
            self.read().await;
            self.sweep();
        }
    }

    async fn read(&self) {
        let some: Vec<StoreId> = self.lock().unread.extract_if(|_| true).take(BOARDS_MAX).collect();
        for store in some.into_iter().filter(|it| self.is_followed(it)) {
            match self.0.streams.board(&store).await {
                Ok(board) => board.orders.iter().for_each(|order| self.hear(order)),
                // Redis is away; asked again with the next sweep.
                Err(_) => self.owe(&store),
            }
        }
    }

    fn sweep(&self) {
        let now = Instant::now();
        let mut known = self.lock();
        let is_over = |it: &Awaited| match it.rider {
            Some(_) => !self.is_followed(&it.store),
            None => now.duration_since(it.since) > REMEMBERED,
        };
        let over: Vec<OrderId> =
            known.orders.iter().filter(|(_, it)| is_over(it)).map(|(id, _)| *id).collect();
        for id in over {
            if let Some(rider) = known.orders.remove(&id).and_then(|it| it.rider) {
                self.let_go(&mut known, &rider, id);
            }
        }
        let due = known.orders.iter_mut().filter_map(|(id, it)| it.due(*id, now)).collect();
        drop(known);
        self.tell(due);
    }

    fn tell(&self, due: Vec<(StoreId, RiderDistanceView)>) {
        for (store, distance) in due {
            let data = payload(&RiderDistance { distance: &distance });
            self.0.topics.tell_aside(&Topic::Store(store), &Publication { data, offset: 0 });
        }
    }

    fn await_rider(&self, known: &mut Known, rider: RiderId, order: OrderId) {
        let orders = known.riders.entry(rider.clone()).or_default();
        if orders.is_empty() {
            self.0.whereabouts.rider_looks(&rider);
        }
        orders.push(order);
    }

    fn let_go(&self, known: &mut Known, rider: &RiderId, order: OrderId) {
        let Some(orders) = known.riders.get_mut(rider) else { return };
        orders.retain(|id| *id != order);
        if orders.is_empty() {
            known.riders.remove(rider);
            self.0.whereabouts.rider_looked(rider);
        }
    }

    fn is_followed(&self, store: &StoreId) -> bool {
        self.0.topics.is_heard(&Topic::Store(store.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
