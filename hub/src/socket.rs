//! The door: who may open a socket, and everybody who has.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::http::header::{HOST, ORIGIN, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dashmap::DashMap;
use domain::{Point, RiderId, Timestamp};
use streams::{Streams, Tracks};
use tokio_util::task::AbortOnDropHandle;

use crate::channels::Channels;
use crate::counters::Counters;
use crate::feed::{Feed, Follower, MEMORY_BYTES};
use crate::identity::Keys;
use crate::nearby::Nearby;
use crate::protocol::{Close, Encoding, Unsubscribed};
use crate::rpc::Rpc;
use crate::session::{Line, Outbox, drive};
use crate::topics::{Topics, Whereabouts};
use crate::{Config, Hub, RulesHandle};

/// What is read of a socket at once. Commands are small, and every socket has one of these.
const READ_BUFFER_BYTES: usize = 1024;
/// Frames go to the kernel as they come; several messages are joined before.
const WRITE_BUFFER_BYTES: usize = 0;
/// Most bytes that wait for the kernel: the largest frame there can be, and some.
const WRITE_BUFFER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Largest message of a client: the largest order is a third of it.
const MESSAGE_BYTES_MAX: usize = 32 * 1024;
/// When somebody who found no room should come again.
const RETRY_SECONDS: &str = "5";
/// The subprotocols by which clients ask for an encoding.
const JSON: &str = "centrifuge-json";
const PROTOBUF: &str = "centrifuge-protobuf";
/// How often it is looked whether everybody has left.
const LEAVING_CHECK: Duration = Duration::from_millis(10);

/// Everybody who is connected to this hub, and what keeps them informed.
pub(crate) struct Sockets {
    open: Arc<Open>,
    line: Arc<Line>,
    config: Arc<Config>,
    is_following: Arc<AtomicBool>,
    /// Gone with the hub.
    _tasks: [AbortOnDropHandle<()>; 3],
}

/// The open sockets.
#[derive(Default)]
struct Open {
    outboxes: DashMap<u64, Arc<Outbox>>,
    next: AtomicU64,
    is_stopping: AtomicBool,
    counters: Arc<Counters>,
}

impl Sockets {
    /// Starts to follow the feeds.
    pub(crate) fn start(
        streams: Streams,
        keys: Keys,
        _rules: RulesHandle,
        rpc: Rpc,
        config: Arc<Config>,
    ) -> Sockets {
        let topics = Topics::default();
        let counters = Arc::<Counters>::default();
        let nearby = Nearby::new(config.durations.rider_stale);
        let feed = Arc::new(Feed::new(streams.partitions(), MEMORY_BYTES));
        let (tracks, fixes) = Tracks::open(&streams);
        let whereabouts = Whereabouts::new(topics.clone(), tracks);
        let is_following = Arc::<AtomicBool>::default();
        let follower = Follower {
            streams: streams.clone(),
            feed: feed.clone(),
            topics: topics.clone(),
            nearby: nearby.clone(),
            counters: counters.clone(),
            whereabouts: whereabouts.clone(),
            is_following: is_following.clone(),
        };
        let tasks = [
            tokio::spawn(follower.run()),
            tokio::spawn(whereabouts.clone().run(fixes, nearby.clone())),
            tokio::spawn(counters.clone().run(topics.clone(), nearby.clone())),
        ];
        let open = Open { counters: counters.clone(), ..Open::default() };
        let channels = Channels { streams, feed, topics, nearby, counters, whereabouts };
        Sockets {
            open: Arc::new(open),
            line: Arc::new(Line { keys, rpc, channels }),
            config,
            is_following,
            _tasks: tasks.map(AbortOnDropHandle::new),
        }
    }

    /// Where sockets are opened.
    pub(crate) fn routes() -> Router<Hub> {
        Router::new().route("/connection/websocket", get(connect))
    }

    /// Who listens to what.
    pub(crate) fn topics(&self) -> &Topics {
        &self.line.channels.topics
    }

    /// How many sockets are open.
    pub(crate) fn count(&self) -> usize {
        self.open.outboxes.len()
    }

    /// Whether this hub has read what the feeds had, and follows them.
    pub(crate) fn is_following(&self) -> bool {
        self.is_following.load(Ordering::Acquire)
    }

    /// A rider is somewhere else; Redis knows it already.
    pub(crate) fn rider_moved(&self, rider: &RiderId, point: Point, at: Timestamp) {
        self.line.channels.nearby.rider_moved(rider, point, at);
    }

    /// A rider has gone home, and is shown no jobs any more.
    pub(crate) fn rider_offline(&self, rider: &RiderId) {
        self.line.channels.nearby.end(rider, Unsubscribed::BY_SERVER);
    }

    /// Sends everybody to another hub, lets nobody in, and waits until all have left.
    pub(crate) async fn close(&self) {
        self.open.is_stopping.store(true, Ordering::SeqCst);
        while self.count() > 0 {
            // Again and again: somebody may have been half way through the door.
            for outbox in &self.open.outboxes {
                outbox.close(Close::SHUTDOWN);
            }
            tokio::time::sleep(LEAVING_CHECK).await;
        }
    }

    fn has_room(&self) -> bool {
        !self.open.is_stopping.load(Ordering::SeqCst) && self.count() < self.config.connections_max
    }
}

/// An open socket, counted until dropped.
struct Seat {
    open: Arc<Open>,
    id: u64,
}

impl Seat {
    fn take(open: &Arc<Open>, outbox: Arc<Outbox>) -> Seat {
        let id = open.next.fetch_add(1, Ordering::Relaxed);
        open.outboxes.insert(id, outbox);
        open.counters.sockets.fetch_add(1, Ordering::Relaxed);
        metrics::gauge!("hub_sockets").increment(1.0);
        Seat { open: open.clone(), id }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.open.outboxes.remove(&self.id);
        self.open.counters.sockets.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("hub_sockets").decrement(1.0);
    }
}

/// Opens a socket. Who it is, its first command will say.
async fn connect(
    State(hub): State<Hub>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let mut upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let sockets = hub.sockets();
    if !is_welcome(&headers, &sockets.config.allowed_origins) {
        let detail = "pages of this origin may not use this hub (ALLOWED_ORIGINS)";
        return (StatusCode::FORBIDDEN, detail).into_response();
    }
    if !sockets.has_room() {
        let retry = [(RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS))];
        return (StatusCode::SERVICE_UNAVAILABLE, retry, "come again").into_response();
    }
    match asked_encoding(&uri, &upgrade) {
        Asked::Json { is_named } => {
            if is_named {
                upgrade.set_selected_protocol(HeaderValue::from_static(JSON));
            }
        }
        Asked::Protobuf => {
            let detail = "this hub speaks centrifuge-json; centrifuge-protobuf is not served";
            return (StatusCode::BAD_REQUEST, detail).into_response();
        }
    }
    let (open, line) = (sockets.open.clone(), sockets.line.clone());
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .on_upgrade(async move |socket| {
            let outbox = Arc::<Outbox>::default();
            let _seat = Seat::take(&open, outbox.clone());
            let close = drive(socket, Encoding::Json, outbox, line).await;
            let code = close.map_or_else(|| "client".to_owned(), |it| it.code.to_string());
            metrics::counter!("hub_closes_total", "code" => code).increment(1);
        })
}

enum Asked {
    Json { is_named: bool },
    Protobuf,
}

/// By subprotocol, or in the query where a client cannot name one. JSON where nobody says.
fn asked_encoding(uri: &Uri, upgrade: &WebSocketUpgrade) -> Asked {
    let query = uri.query().unwrap_or_default();
    let is_protobuf_in_query =
        query.split('&').any(|it| it == "format=protobuf" || it == "cf_protocol=protobuf");
    let names = |name: &str| upgrade.requested_protocols().any(|it| it == name);
    match (names(JSON), names(PROTOBUF) || is_protobuf_in_query) {
        (true, _) => Asked::Json { is_named: true },
        (false, true) => Asked::Protobuf,
        (false, false) => Asked::Json { is_named: false },
    }
}

/// Pages of this host and of the listed origins. Whoever sends no origin is no page.
fn is_welcome(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let is_listed = allowed.iter().any(|it| it.eq_ignore_ascii_case(origin));
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let own = origin.split_once("://").map(|(_, host)| host);
    is_listed || matches!((own, host), (Some(own), Some(host)) if own.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_origins_are_welcome() {
        let headers = |origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("hub.example:8080"));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            headers
        };
        let allowed = ["https://food.example".to_owned()];
        for origin in [None, Some("http://hub.example:8080"), Some("https://food.example")] {
            assert!(is_welcome(&headers(origin), &allowed), "{origin:?}");
        }
        for origin in ["null", "http://hub.example", "https://evil.example"] {
            assert!(!is_welcome(&headers(Some(origin)), &allowed), "{origin}");
        }
    }
}
