//! `POST /connection/http_stream` and `POST /emulation`: the socket's session for networks that
//! block WebSockets. What the hub says comes as a stream; what the client says, after its first
//! words, as requests. These may arrive at any hub, which passes them on.
//!
//! A command that was taken (204) is obeyed at most once. It is lost if the hubs lose each other
//! just then, or if its connection has ended meanwhile; a client notices by its own time-outs, or
//! by the end of its stream.

mod sessions;
mod stream;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Extension, Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::Hub;
use crate::error::ApiError;
use crate::listener::Place;
use crate::protocol::{EmulationRequest, Encoding};
use crate::requests;
use crate::session::{Now, Outbox, Session};
use crate::socket::{self, Kind};
use sessions::Undelivered;

pub(crate) use sessions::Sessions;

/// How clients say that they speak Protobuf.
const PROTOBUF: &str = "application/octet-stream";
/// One message a line.
const JSON_LINES: &str = "application/x-ndjson";
/// Has a proxy pass on what comes as it comes.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// Nobody keeps any of it.
const NO_CACHE: &str = "private, no-cache, no-store, must-revalidate, max-age=0";

/// Opens a connection. Its first commands are the body; who it is, the first of them says.
pub(crate) async fn connect(
    State(hub): State<Hub>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(place): Extension<Place>,
    request: Request,
) -> Result<Response, ApiError> {
    let sockets = hub.sockets();
    sockets.check_origin(request.headers())?;
    let headers = request.headers().clone();
    let encoding = encoding(&headers);
    let commands = requests::read(request).await?;
    let outbox = Arc::<Outbox>::default();
    let seat = sockets.seat(Kind::HttpStream, outbox.clone(), peer, &headers)?;
    place.give_up();

    let (address, inbox) = sockets.sessions().begin(outbox.clone());
    inbox.put(commands);
    let session = Session::new(outbox, encoding, sockets.old_at(), Now::is());
    let session = session.reached_at(address);
    let (stream, chunks) = stream::open(encoding, inbox);
    tokio::spawn(socket::serve(Box::new(stream), Box::new(session), sockets.line().clone(), seat));
    let kind = match encoding {
        Encoding::Protobuf => PROTOBUF,
        Encoding::Json | Encoding::Events => JSON_LINES,
    };
    let headers = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, NO_CACHE),
        // Without a place it cannot go back to asking.
        (CONNECTION, "close"),
        (ACCEL_BUFFERING, "no"),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

/// Takes commands of a connection, wherever that is.
pub(crate) async fn command(
    State(hub): State<Hub>,
    request: Request,
) -> Result<Response, ApiError> {
    let sockets = hub.sockets();
    sockets.check_origin(request.headers())?;
    let encoding = encoding(request.headers());
    let body = requests::read(request).await?;
    let Ok(request) = EmulationRequest::read(encoding, body) else {
        return Ok((StatusCode::BAD_REQUEST, "send session, node and data").into_response());
    };
    sockets.sessions().deliver(request).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Browsers ask this before a page of another origin may send anything; whether it may, the
/// headers say that those are given who are welcome.
pub(crate) async fn options() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, [(ALLOW, "POST, OPTIONS")])
}

/// JSON where nobody says.
fn encoding(headers: &HeaderMap) -> Encoding {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.trim().eq_ignore_ascii_case(PROTOBUF) {
        true => Encoding::Protobuf,
        false => Encoding::Json,
    }
}

impl From<Undelivered> for ApiError {
    fn from(undelivered: Undelivered) -> ApiError {
        match undelivered {
            Undelivered::NoSuchHub => ApiError::not_found("node"),
            // The reference answers 500. Clients connect anew either way, and nothing has gone
            // wrong here: every connection that ends may have a command on its way.
            Undelivered::NoSuchSession => ApiError::not_found("session"),
            Undelivered::Redis(error) => error.into(),
        }
    }
}
