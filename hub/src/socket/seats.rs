//! Who is connected: every socket and every event stream has a seat until it ends.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use dashmap::DashMap;
use rand::seq::SliceRandom;
use tokio::time::{Instant, sleep, sleep_until};

use super::count_refusal;
use crate::counters::Counters;
use crate::identity::Identity;
use crate::protocol::Close;
use crate::session::Outbox;
use crate::shares::Shares;

/// How often it is looked whether everybody has left.
const LEAVING_CHECK: Duration = Duration::from_millis(10);

/// The seats of one hub.
#[derive(Default)]
pub(super) struct Seats {
    taken: DashMap<u64, Arc<Outbox>>,
    next: AtomicU64,
    is_stopping: AtomicBool,
    by_address: Shares<IpAddr>,
    by_user: Shares<User>,
    limits: Limits,
    counters: Arc<Counters>,
}

/// How many seats there are: in all, from one address, and for one person.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    pub(super) all_max: usize,
    pub(super) address_max: usize,
    pub(super) user_max: usize,
}

/// Somebody, by role and name. Shared by the seat and by those who count.
type User = Arc<(&'static str, Box<str>)>;

/// What sits on a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    WebSocket,
    HttpStream,
    Events,
}

impl Kind {
    /// As metrics call it.
    fn name(self) -> &'static str {
        match self {
            Kind::WebSocket => "websocket",
            Kind::HttpStream => "http_stream",
            Kind::Events => "events",
        }
    }
}

/// A place in the hub, free again when dropped.
pub(crate) struct Seat {
    seats: Arc<Seats>,
    kind: Kind,
    id: u64,
    address: IpAddr,
    user: OnceLock<User>,
}

/// Why nobody more is let in, as metrics call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    Stopping,
    Hub,
    Address,
}

impl Full {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Full::Stopping => "stopping",
            Full::Hub => "full",
            Full::Address => "address",
        }
    }
}

impl Seats {
    pub(super) fn new(limits: Limits, counters: Arc<Counters>) -> Seats {
        for kind in [Kind::WebSocket, Kind::HttpStream, Kind::Events] {
            // So that a hub without any shows that it has none.
            metrics::gauge!("hub_connections", "kind" => kind.name()).increment(0.0);
        }
        Seats { limits, counters, ..Seats::default() }
    }

    /// How many are taken.
    pub(super) fn count(&self) -> usize {
        self.taken.len()
    }

    /// How much waits for all who have one.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.taken.iter().map(|it| it.value().bytes()).sum()
    }

    /// Takes a seat for somebody at `address`.
    ///
    /// # Errors
    /// If there is none to be had here.
    pub(super) fn take(
        self: &Arc<Seats>,
        kind: Kind,
        outbox: Arc<Outbox>,
        address: IpAddr,
    ) -> Result<Seat, Full> {
        if self.count() >= self.limits.all_max {
            return Err(Full::Hub);
        }
        if !self.by_address.take(address, self.limits.address_max) {
            return Err(Full::Address);
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.taken.insert(id, outbox);
        self.counters.sockets.fetch_add(1, Ordering::Relaxed);
        metrics::gauge!("hub_connections", "kind" => kind.name()).increment(1.0);
        let seat = Seat { seats: self.clone(), kind, id, address, user: OnceLock::new() };
        // Asked last: whoever empties the seats has seen this one, or is seen here.
        match self.is_stopping.load(Ordering::SeqCst) {
            true => Err(Full::Stopping),
            false => Ok(seat),
        }
    }

    /// Lets nobody in and sends everybody to another hub, one after the other in random order
    /// during `spread`: those who come back together would all ask at once for what they missed.
    pub(super) async fn empty(&self, spread: Duration) {
        self.is_stopping.store(true, Ordering::SeqCst);
        let mut outboxes: Vec<_> = self.taken.iter().map(|it| it.value().clone()).collect();
        outboxes.shuffle(&mut rand::rng());
        let started = Instant::now();
        let count = outboxes.len().max(1) as f64;
        for (index, outbox) in outboxes.into_iter().enumerate() {
            sleep_until(started + spread.mul_f64(index as f64 / count)).await;
            outbox.leave(Close::SHUTDOWN);
        }
        while self.count() > 0 {
            // Again and again: somebody may have been half way through the door.
            for outbox in &self.taken {
                outbox.leave(Close::SHUTDOWN);
            }
            sleep(LEAVING_CHECK).await;
        }
    }
}

impl Seats {
    /// How many are taken by somebody who was not asked to leave.
    pub(super) fn staying(&self) -> usize {
        self.taken.iter().filter(|it| !it.value().is_leaving()).count()
    }

    /// Sends `count` of those who stay to another hub, any of them, one after the other during
    /// `spread`.
    pub(super) async fn send_on(&self, count: usize, spread: Duration) {
        let staying = self.taken.iter().filter(|it| !it.value().is_leaving());
        let mut staying: Vec<_> = staying.map(|it| it.value().clone()).collect();
        let (chosen, _) = staying.partial_shuffle(&mut rand::rng(), count);
        for outbox in &*chosen {
            outbox.leave(Close::RECONNECT);
            metrics::counter!("hub_sent_on_total").increment(1);
            sleep(spread.div_f64(count as f64)).await;
        }
    }
}

impl Seat {
    /// Says whose seat it is. `false` if they have as many as anybody may.
    pub(crate) fn belongs_to(&self, identity: &Identity) -> bool {
        let user = User::new((identity.role(), identity.user().into()));
        let has_room = self.seats.by_user.take(user.clone(), self.seats.limits.user_max);
        if !has_room {
            count_refusal("user");
        } else if self.user.set(user.clone()).is_err() {
            // Counted already: nobody's seat changes hands.
            self.seats.by_user.give_back(&user);
        }
        has_room
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken.remove(&self.id);
        self.seats.by_address.give_back(&self.address);
        if let Some(user) = self.user.get() {
            self.seats.by_user.give_back(user);
        }
        self.seats.counters.sockets.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("hub_connections", "kind" => self.kind.name()).decrement(1.0);
    }
}
