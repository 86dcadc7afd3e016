//! `GET /events`: one channel as server-sent events, for clients without a library. What is told
//! and who may listen is as on the socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Extension, State};
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{sleep, sleep_until, timeout};

use crate::channels::{Channel, Opened, Subscription};
use crate::error::{ApiError, Code};
use crate::identity::{self, Verified};
use crate::listener::Place;
use crate::protocol::{Close, Encoding, Refused, Reply, Subscribe, payload, with_epoch};
use crate::requests::Params;
use crate::session::Outbox;
use crate::socket::{Kind, Seat};
use crate::topics::Listener;
use crate::{Hub, clock, socket};

/// How long a stream is silent at most; below the patience of every proxy we know.
const PING_EVERY: Duration = Duration::from_secs(25);
/// About how many bytes are written at once.
const CHUNK_BYTES: usize = 32 * 1024;
/// How long a snapshot may take.
const OPEN_MAX: Duration = Duration::from_secs(10);
/// After how many seconds it is worth asking again.
const RETRY_SECONDS: u32 = 1;
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Has a proxy pass on what comes as it comes.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// What somebody wants to follow; from where, for the jobs around.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wanted {
    channel: String,
    lat: Option<f64>,
    lng: Option<f64>,
    radius_meters: Option<u32>,
}

/// One stream. Over when dropped.
struct Events {
    outbox: Arc<Outbox>,
    subscription: Subscription,
    epoch: String,
    /// When it ends at the latest, and why.
    until: (Instant, Close),
    /// Why it has ended, if that was our decision.
    ended: Option<Close>,
    _seat: Seat,
}

/// Follows a channel.
pub(crate) async fn listen(
    State(hub): State<Hub>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(place): Extension<Place>,
    headers: HeaderMap,
    wanted: Result<Params<Wanted>, ApiError>,
) -> Result<Response, ApiError> {
    // Before anything that was asked is looked at.
    let Verified { identity, expires_at } = identity::verified(&headers, hub.keys()).await?;
    let Params(wanted) = wanted?;
    let expires = (Instant::now() + expires_at.since(clock::now()), Close::EXPIRED);
    let until = match hub.sockets().old_at() {
        Some(old_at) if old_at < expires.0 => (old_at, Close::RECONNECT),
        _ => expires,
    };
    let channel = Channel::parse(&wanted.channel).map_err(refusal)?;
    let request = wanted.request(&headers);

    let outbox = Arc::<Outbox>::default();
    let seat = hub.sockets().seat(Kind::Events, outbox.clone(), peer, &headers)?;
    if !seat.belongs_to(&identity) {
        let detail = "too many streams and sockets are open in this name";
        return Err(ApiError::try_later(Code::TooManyRequests, detail, RETRY_SECONDS));
    }
    let listener =
        Listener::new(Arc::new(identity), Encoding::Events, channel.subject(), outbox.clone());
    let opening = hub.sockets().channels().open(channel, &request, listener.clone());
    let opened = timeout(OPEN_MAX, opening).await.unwrap_or(Err(Refused::INTERNAL));
    let Opened { reply, subscription, above } = opened.map_err(refusal)?;

    let epoch = reply.epoch.to_string();
    outbox.push(Encoding::Events.reply(0, &Reply::Subscribe(reply)));
    if let Err(trouble) = listener.open(above) {
        outbox.push(Encoding::Events.unsubscribe(&wanted.channel, trouble.as_end()));
        outbox.close(Close::RECONNECT);
    }
    place.give_up();
    let events = Events { outbox, subscription, epoch, until, ended: None, _seat: seat };
    let chunks = unfold(events, async |mut events| {
        let chunk = events.next().await?;
        Some((Ok::<Bytes, std::convert::Infallible>(chunk), events))
    });
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
        (ACCEL_BUFFERING, "no"),
        // Without a place it cannot go back to asking.
        (CONNECTION, "close"),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

impl Wanted {
    fn request(&self, headers: &HeaderMap) -> Subscribe {
        let last = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok());
        let place = last.and_then(|last| last.rsplit_once(':'));
        let place = place.and_then(|(epoch, offset)| Some((epoch, offset.parse().ok()?)));
        let (epoch, offset) = place.unwrap_or_default();
        let look = || json!({"lat": self.lat, "lng": self.lng, "radiusMeters": self.radius_meters});
        Subscribe {
            channel: self.channel.clone(),
            recover: place.is_some(),
            epoch: epoch.to_owned(),
            offset,
            data: self.lat.is_some().then(|| payload(&look())),
            ..Subscribe::default()
        }
    }
}

impl Events {
    /// The next that is to be written; nothing at the end.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let batch = self.outbox.take(CHUNK_BYTES);
            let text = with_epoch(&batch.messages, &self.epoch);
            if !text.is_empty() {
                return Some(text);
            }
            if let Some(close) = batch.close.or(batch.leave) {
                return self.end(close);
            }
            if self.subscription.listener.is_ended() {
                return self.end(Close::RECONNECT);
            }
            let (until, close) = self.until;
            tokio::select! {
                () = self.outbox.filled() => (),
                () = sleep(PING_EVERY) => return Some(Encoding::Events.ping()),
                () = sleep_until(until.into()) => return self.end(close),
            }
        }
    }

    fn end(&mut self, close: Close) -> Option<Bytes> {
        self.ended = Some(close);
        None
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        socket::count_close(self.ended.or_else(|| self.outbox.closing()));
    }
}

/// What the socket would have refused, in the words of HTTP.
fn refusal(refused: Refused) -> ApiError {
    match refused.code {
        // What is somebody else's is not told from what there is not.
        _ if refused == Refused::PERMISSION_DENIED => ApiError::not_found("channel"),
        103 => ApiError::new(Code::WrongState, refused.message),
        107 => ApiError::invalid("/channel", "no channel has this name, or it needs more"),
        _ => {
            let detail = "this cannot be answered right now; the same request may be sent again";
            ApiError::try_later(Code::Unavailable, detail, RETRY_SECONDS)
        }
    }
}
