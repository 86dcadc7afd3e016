//! Everybody who is connected, and what keeps them informed.

mod balance;
mod door;
mod frames;
mod limits;
mod seats;
mod upgrade;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use domain::RiderId;
use metrics::histogram;
use rand::RngExt;
use streams::{Fix, RiderRecord, Streams, Tracks};
use tokio::time::interval;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use uuid::Uuid;

use crate::arrivals::Arrivals;
use crate::channels::{Channels, Reads};
use crate::counters::Counters;
use crate::emulation::Sessions;
use crate::error::{ApiError, Code};
use crate::feed::{Feed, Follower, MEMORY_BYTES};
use crate::fleet::Fleet;
use crate::identity::{Identity, Keys};
use crate::latency::PUSH_LATENCY;
use crate::nearby::Nearby;
use crate::presence::Presence;
use crate::protocol::{Close, Unsubscribed};
use crate::rpc::Rpc;
use crate::session::{Line, Link, Outbox, Session, drive};
use crate::topics::{Topics, Whereabouts};
use crate::{Config, proxies};
use balance::Member;
use seats::{Full, Limits, Seats};

pub(crate) use door::connect;
pub use limits::SocketLimits;
pub(crate) use seats::{Kind, Seat};
pub use upgrade::Upgrade;
pub use wire::{FrameKind, Wire};

/// What part of the age that is allowed each one is allowed. Those who came together, after a
/// deploy, do not leave together.
const AGE_SPREAD: std::ops::Range<f64> = 0.8..1.2;
/// How often it is looked up how much waits in the outboxes.
const MEASURED_EVERY: Duration = Duration::from_secs(5);
/// When somebody who found no room should come again.
const RETRY_SECONDS: u32 = 5;
/// Everybody who is connected to this hub, and what keeps them informed.
pub(crate) struct Sockets {
    seats: Arc<Seats>,
    sessions: Sessions,
    line: Arc<Line>,
    config: Arc<Config>,
    is_following: Arc<AtomicBool>,
    membership: CancellationToken,
    members: TaskTracker,
    /// Gone with the hub.
    _tasks: [AbortOnDropHandle<()>; 7],
}

impl Sockets {
    /// Starts to follow the feeds, as the hub `id`.
    pub(crate) fn start(
        id: Uuid,
        streams: Streams,
        keys: Keys,
        rpc: Rpc,
        config: Arc<Config>,
    ) -> Sockets {
        let sessions = Sessions::start(id.into(), streams.clone());
        let topics = Topics::default();
        let counters = Arc::<Counters>::default();
        let nearby = Nearby::new(streams.clone(), config.durations.rider_stale);
        let feed = Arc::new(Feed::new(streams.partitions(), MEMORY_BYTES));
        let (tracks, heard) = Tracks::open(&streams);
        let whereabouts = Whereabouts::new(topics.clone(), tracks);
        let presence = Presence::new(streams.clone(), topics.clone(), nearby.clone());
        let stale = config.durations.rider_stale;
        let fleet =
            Fleet::new(streams.clone(), topics.clone(), nearby.clone(), counters.clone(), stale);
        let arrivals = Arrivals::new(streams.clone(), topics.clone(), whereabouts.clone());
        let is_following = Arc::<AtomicBool>::default();
        let limits = Limits {
            all_max: config.connections_max,
            address_max: config.connections_per_address_max.unwrap_or(usize::MAX),
            user_max: config.connections_per_user_max,
        };
        let seats = Arc::new(Seats::new(limits, counters.clone()));
        let follower = Follower {
            streams: streams.clone(),
            feed: feed.clone(),
            topics: topics.clone(),
            nearby: nearby.clone(),
            counters: counters.clone(),
            whereabouts: whereabouts.clone(),
            arrivals: arrivals.clone(),
            is_following: is_following.clone(),
        };
        let tasks = [
            tokio::spawn(follower.run()),
            tokio::spawn(whereabouts.clone().run(
                heard,
                nearby.clone(),
                presence.clone(),
                arrivals.clone(),
            )),
            tokio::spawn(presence.clone().run()),
            tokio::spawn(arrivals.clone().run()),
            tokio::spawn(fleet.clone().run()),
            tokio::spawn(counters.clone().run(topics.clone(), nearby.clone())),
            tokio::spawn(measure(seats.clone())),
        ];
        let membership = CancellationToken::new();
        let members = TaskTracker::new();
        let member = Member {
            id,
            streams: streams.clone(),
            seats: seats.clone(),
            is_following: is_following.clone(),
        };
        members.spawn(member.run(membership.clone()));
        let reads = Reads::new(streams.clone());
        let channels = Channels {
            streams,
            reads,
            feed,
            topics,
            nearby,
            counters,
            whereabouts,
            presence,
            fleet,
            arrivals,
        };
        Sockets {
            seats,
            sessions,
            line: Arc::new(Line { keys, rpc, channels, latency: histogram!(PUSH_LATENCY) }),
            config,
            is_following,
            membership,
            members,
            _tasks: tasks.map(AbortOnDropHandle::new),
        }
    }

    /// Who listens to what.
    pub(crate) fn topics(&self) -> &Topics {
        &self.line.channels.topics
    }

    /// Whether this hub has read what the feeds had and follows them, and other hubs reach it.
    pub(crate) fn are_ready(&self) -> bool {
        self.is_following.load(Ordering::Acquire) && self.sessions.are_reachable()
    }

    /// Those who send their commands by requests.
    pub(crate) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// What every session needs.
    pub(crate) fn line(&self) -> &Arc<Line> {
        &self.line
    }

    /// Lets pages in that may use this hub.
    ///
    /// # Errors
    /// What a page of another origin is answered.
    pub(crate) fn check_origin(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        if door::is_welcome(headers, &self.config.allowed_origins) {
            return Ok(());
        }
        count_refusal("origin");
        let detail = "pages of this origin may not use this hub (ALLOWED_ORIGINS)";
        Err(ApiError::new(Code::NotYours, detail))
    }

    /// A rider is somewhere else; Redis knows it already.
    pub(crate) fn rider_moved(&self, rider: &RiderId, fix: Fix) {
        let Channels { nearby, fleet, .. } = self.channels();
        nearby.rider_moved(rider, fix.point, fix.at);
        fleet.rider_moved(rider, fix.point);
    }

    /// A rider has gone home: is shown no jobs any more, and counts nowhere.
    pub(crate) async fn rider_offline(&self, record: &RiderRecord) {
        let Channels { nearby, fleet, .. } = self.channels();
        nearby.end(&record.id, nearby.mark(), Unsubscribed::BY_SERVER);
        fleet.rider_left(record).await;
    }

    /// What can be followed.
    pub(crate) fn channels(&self) -> &Channels {
        &self.line.channels
    }

    /// When somebody who comes now has stayed for long enough; not everybody at once.
    pub(crate) fn old_at(&self) -> Option<Instant> {
        let age = self.config.connection_age;
        let age = age.mul_f64(rand::rng().random_range(AGE_SPREAD));
        (!age.is_zero()).then(|| Instant::now() + age)
    }

    /// A seat for whoever is told what is in `outbox` and asked from `peer` with `headers`.
    ///
    /// # Errors
    /// If there is none to be had.
    pub(crate) fn seat(
        &self,
        kind: Kind,
        outbox: Arc<Outbox>,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<Seat, Full> {
        let origin = proxies::origin(peer.ip(), headers, &self.config.trusted_proxies);
        let seat = self.seats.take(kind, outbox, proxies::household(origin));
        seat.inspect_err(|full| count_refusal(full.reason()))
    }

    /// Sends everybody to another hub during `spread`, lets nobody in, and waits until all have
    /// left.
    pub(crate) async fn close(&self, spread: Duration) {
        self.membership.cancel();
        self.members.close();
        tokio::join!(self.seats.empty(spread), self.members.wait());
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        self.membership.cancel();
    }
}

impl From<Full> for ApiError {
    fn from(full: Full) -> ApiError {
        let code = match full {
            Full::Address => Code::TooManyRequests,
            Full::Hub | Full::Stopping => Code::Unavailable,
        };
        ApiError::try_later(code, "there is no room now; come again", RETRY_SECONDS)
    }
}

/// Shows how much waits for all of them together, for ever. Looked up now and then: counting it
/// with every message would be one place at which all of them meet.
async fn measure(seats: Arc<Seats>) {
    let mut ticks = interval(MEASURED_EVERY);
    loop {
        ticks.tick().await;
        metrics::gauge!("hub_outbox_bytes").set(seats.waiting_bytes() as f64);
    }
}

/// Serves whoever has `seat`, to the end. In boxes, since a future has room for each of the calls
/// that something is handed on by value in.
pub(crate) async fn serve(
    link: Box<impl Link>,
    session: Box<Session>,
    line: Arc<Line>,
    seat: Seat,
) {
    let admit = |identity: &Identity| seat.belongs_to(identity);
    let close = drive(link, session, line, admit).await;
    if close == Some(Close::FLOODING) {
        count_refusal("flooding");
    }
    count_close(close);
    drop(seat);
}

/// Counts somebody who was not let in, or not let stay.
pub(crate) fn count_refusal(reason: &'static str) {
    metrics::counter!("hub_refusals_total", "reason" => reason).increment(1);
}

/// Counts the end of a socket or a stream; without a reason it was the client's decision.
pub(crate) fn count_close(close: Option<Close>) {
    let code = close.map_or_else(|| "client".to_owned(), |it| it.code.to_string());
    metrics::counter!("hub_closes_total", "code" => code).increment(1);
}
