//! Where orders are that somebody here watches: riders' positions, from pick-up to delivery and
//! not a moment longer. May be lost; the next one is as good.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::{Order, OrderId, Point, RiderId, State};
use serde::Serialize;
use streams::{Fix, Track, Tracks};
use tokio::sync::mpsc;
use tokio::time::interval;

use super::{Topic, Topics};
use crate::arrivals::Arrivals;
use crate::nearby::Nearby;
use crate::presence::Presence;
use crate::protocol::{Publication, payload};
use crate::view;

/// At most one position of an order in this time.
const TOLD_EVERY: Duration = Duration::from_secs(1);
/// How often positions that had to wait are looked at, and orders that nobody watches forgotten.
const SWEEP_EVERY: Duration = Duration::from_millis(250);

/// Which riders this hub follows, and for whom. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Whereabouts(Arc<Shared>);

struct Shared {
    topics: Topics,
    tracks: Tracks,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    orders: HashMap<OrderId, Watched>,
    riders: HashMap<RiderId, Followed>,
}

/// An order that is under way, or that just was: an older picture of it must not revive it.
struct Watched {
    version: u64,
    door: Point,
    rider: Option<RiderId>,
    told: Option<(Instant, Fix)>,
    waiting: Option<Fix>,
}

/// Why a rider is followed.
#[derive(Default)]
struct Followed {
    orders: Vec<OrderId>,
    looks: usize,
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "riderLocation")]
struct RiderLocation {
    lat: f64,
    lng: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    heading: Option<f32>,
    at: view::Instant,
}

impl Whereabouts {
    pub(crate) fn new(topics: Topics, tracks: Tracks) -> Whereabouts {
        Whereabouts(Arc::new(Shared { topics, tracks, known: Mutex::default() }))
    }

    /// Takes an order's state into account, from the feed or from a snapshot.
    pub(crate) fn hear(&self, order: &Order) {
        let is_under_way = order.state == State::Delivering;
        let is_watched = || self.0.topics.is_heard(&Topic::Order(order.id));
        let mut known = self.lock();
        let is_relevant = is_under_way || order.state.is_ended();
        match known.orders.get(&order.id) {
            Some(watched) if watched.version >= order.version => return,
            None if !is_relevant || !is_watched() => return,
            _ => (),
        }
        let rider = order.delivery.rider.clone().filter(|_| is_under_way);
        let watched = Watched {
            version: order.version,
            door: order.address.position,
            rider: rider.clone(),
            told: None,
            waiting: None,
        };
        let before = known.orders.insert(order.id, watched).and_then(|it| it.rider);
        if before == rider {
            return;
        }
        if let Some(before) = before {
            self.release(&mut known, &before, |it| it.orders.retain(|id| *id != order.id));
        }
        if let Some(rider) = rider {
            self.follow(&mut known, &rider, |it| it.orders.push(order.id));
        }
    }

    /// Forgets how far orders were: they may have gone back. Whoever still listens is to look again.
    pub(crate) fn forget(&self) {
        let mut known = self.lock();
        let orders = std::mem::take(&mut known.orders);
        for (id, rider) in orders.into_iter().filter_map(|(id, it)| Some((id, it.rider?))) {
            self.release(&mut known, &rider, |it| it.orders.retain(|order| *order != id));
        }
    }

    /// Somebody here wants to know where a rider is, who may report to another hub.
    pub(crate) fn rider_looks(&self, rider: &RiderId) {
        self.follow(&mut self.lock(), rider, |it| it.looks += 1);
    }

    /// And does not any more.
    pub(crate) fn rider_looked(&self, rider: &RiderId) {
        self.release(&mut self.lock(), rider, |it| it.looks = it.looks.saturating_sub(1));
    }

    /// Tells positions for ever. Whoever spawned it stops it.
    pub(crate) async fn run(
        self,
        mut heard: mpsc::Receiver<(RiderId, Track)>,
        nearby: Nearby,
        presence: Presence,
        arrivals: Arrivals,
    ) {
        let mut sweeps = interval(SWEEP_EVERY);
        loop {
            tokio::select! {
                heard = heard.recv() => {
                    let Some((rider, track)) = heard else { return };
                    presence.hear(&rider, &track);
                    if let Track::Fix(fix, jobs) = track {
                        nearby.rider_moved(&rider, fix.point, fix.at);
                        self.rider_is(&rider, fix, jobs.as_deref());
                        arrivals.rider_is(&rider, fix);
                    }
                }
                _ = sweeps.tick() => {
                    nearby.tick().await;
                    self.sweep();
                }
            }
        }
    }

    /// Nobody is told where a rider is who has brought the food, however late we hear of that.
    fn rider_is(&self, rider: &RiderId, fix: Fix, jobs: Option<&[OrderId]>) {
        let mut due = Vec::new();
        let mut guard = self.lock();
        let known = &mut *guard;
        let is_theirs = |id: &&OrderId| jobs.is_none_or(|jobs| jobs.contains(id));
        let orders = known.riders.get(rider).into_iter().flat_map(|it| &it.orders);
        for id in orders.filter(is_theirs) {
            if let Some(watched) = known.orders.get_mut(id) {
                watched.waiting = Some(fix);
                due.extend(watched.due().map(|fix| (*id, watched.door, fix)));
            }
        }
        drop(guard);
        self.tell(due);
    }

    fn sweep(&self) {
        let mut due = Vec::new();
        let mut known = self.lock();
        for (id, watched) in &mut known.orders {
            due.extend(watched.due().map(|fix| (*id, watched.door, fix)));
        }
        let is_silent = |id: &OrderId| !self.0.topics.is_heard(&Topic::Order(*id));
        let silent: Vec<OrderId> = known.orders.keys().copied().filter(is_silent).collect();
        for id in silent {
            if let Some(rider) = known.orders.remove(&id).and_then(|it| it.rider) {
                self.release(&mut known, &rider, |it| it.orders.retain(|order| *order != id));
            }
        }
        drop(known);
        self.tell(due);
    }

    fn tell(&self, due: Vec<(OrderId, Point, Fix)>) {
        for (id, door, fix) in due {
            let location = RiderLocation {
                lat: fix.point.lat,
                lng: fix.point.lng,
                heading: fix.heading,
                at: view::Instant(fix.at),
            };
            let publication = Publication { data: payload(&location), offset: 0 };
            let is_far_from_door = view::is_far_from_door(fix.point, door);
            self.0.topics.tell_place(id, &publication, is_far_from_door);
        }
    }

    fn follow(&self, known: &mut Known, rider: &RiderId, amend: impl FnOnce(&mut Followed)) {
        let followed = known.riders.entry(rider.clone()).or_default();
        if followed.is_idle() {
            self.0.tracks.follow(rider.clone());
        }
        amend(followed);
    }

    fn release(&self, known: &mut Known, rider: &RiderId, amend: impl FnOnce(&mut Followed)) {
        let Some(followed) = known.riders.get_mut(rider) else { return };
        amend(followed);
        if followed.is_idle() {
            known.riders.remove(rider);
            self.0.tracks.unfollow(rider);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    /// The position that is to be told now, if any.
    fn due(&mut self) -> Option<Fix> {
        let fix = self.waiting?;
        let now = Instant::now();
        if let Some((told_at, told)) = self.told {
            if now.duration_since(told_at) < TOLD_EVERY {
                return None;
            }
            if told.at >= fix.at {
                self.waiting = None;
                return None;
            }
        }
        self.waiting = None;
        self.told = Some((now, fix));
        Some(fix)
    }
}

impl Followed {
    fn is_idle(&self) -> bool {
        self.orders.is_empty() && self.looks == 0
    }
}
