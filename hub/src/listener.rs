//! Taking connections. HTTP/1.1 only: sockets are upgraded from it, and the floods that the
//! successor knows cannot happen here.
//!
//! A connection that is no socket has a place here, and everything that it may do to keep one is
//! limited: saying nothing, asking for nothing more, not reading, and being many.

mod patience;
mod places;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::Upgraded;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::Config;
use crate::proxies::Network;
use crate::socket::count_refusal;
use patience::{Pulse, Watched, patiently};
use places::Places;

pub(crate) use places::Place;

/// How many connections may wait to be taken.
const BACKLOG: i32 = 4_096;
/// How long a client may take to say what it wants.
const HEAD_MAX: Duration = Duration::from_secs(10);
/// The same when there are many of them.
const HEAD_MAX_IN_A_CROWD: Duration = Duration::from_secs(2);
/// Pause after a connection could not be taken: most likely there are too many.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// What the system keeps for a client that does not read. Without it: megabytes for each.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
/// Largest buffer for the head of a request.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// After how long without an acknowledgement the system gives a connection up: a phone that lost
/// its network says nothing.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// After how long of silence the system asks whether anybody is there, and how often from then on.
const PROBE_AFTER: Duration = Duration::from_secs(60);
const PROBE_EVERY: Duration = Duration::from_secs(10);

/// How long somebody who came in at the last moment may take to ask.
const ASKING_MAX: Duration = Duration::from_secs(1);

/// On what terms connections are taken.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// For whom this is, as metrics call it.
    pub(crate) whom: &'static str,
    /// How long a connection may ask for nothing before it is closed.
    pub(crate) keep_alive: Duration,
    /// Most connections from one address that are not sockets.
    pub(crate) address_max: usize,
    /// Who may have any number of them.
    pub(crate) trusted: Vec<Network>,
    /// From here on every answer asks the client to come to another hub.
    pub(crate) leaving: CancellationToken,
    /// From here on nobody is taken, and whoever is answered is let go.
    pub(crate) stop: CancellationToken,
}

impl Terms {
    /// For `whom`, as `config` has them, for ever.
    pub(crate) fn of(config: &Config, whom: &'static str) -> Terms {
        Terms {
            whom,
            keep_alive: config.keep_alive,
            address_max: config.connections_per_address_max.unwrap_or(usize::MAX),
            trusted: config.trusted_proxies.clone(),
            leaving: CancellationToken::new(),
            stop: CancellationToken::new(),
        }
    }
}

/// Listens on `address`.
///
/// # Errors
/// If somebody else does, or the address is not ours.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    // Connections inherit what follows.
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    // News are small and should leave at once.
    socket.set_tcp_nodelay(true)?;
    let probes = TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_EVERY);
    socket.set_tcp_keepalive(&probes)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(SILENCE_MAX))?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Serves `app` on `listener` until it is to stop; then takes no more, and returns once the
/// requests that were under way are answered.
pub(crate) async fn serve(listener: TcpListener, app: Router, terms: Terms) {
    let terms = Arc::new(terms);
    let connections = TaskTracker::new();
    let places = Places::new(&terms);
    let welcome = |stream, peer: SocketAddr, free| {
        // Whoever has too many is hung up on: an answer would need one more.
        if let Some(place) = places.take(free, peer.ip()) {
            let visit = Visit { peer, place, is_in_a_crowd: places.is_crowded() };
            connections.spawn(attend(stream, visit, app.clone(), terms.clone()));
        }
    };
    let take = async || {
        let free = places.free().await;
        (free, listener.accept().await)
    };
    loop {
        let (free, accepted) = tokio::select! {
            taken = take() => taken,
            () = terms.stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => welcome(stream, peer, free),
            Err(error) => {
                tracing::warn!(%error, "could not take a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    // Some are in already, and only we do not know it yet.
    while let Some(Ok((stream, peer))) = listener.accept().now_or_never() {
        let Some(place) = places.free().now_or_never() else { break };
        welcome(stream, peer, place);
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// The connection that has become something else, and what was read of that already.
pub(crate) fn release(upgraded: Upgraded) -> Option<(TcpStream, Bytes)> {
    let parts = upgraded.downcast::<TokioIo<Watched<TcpStream>>>().ok()?;
    Some((parts.io.into_inner().into_inner(), parts.read_buf))
}

/// Somebody who has come in.
struct Visit {
    peer: SocketAddr,
    place: Place,
    is_in_a_crowd: bool,
}

/// Answers one connection until it ends or becomes a socket.
async fn attend(stream: TcpStream, visit: Visit, app: Router, terms: Arc<Terms>) {
    let Visit { peer, place, is_in_a_crowd } = visit;
    let pulse = Arc::<Pulse>::default();
    let stream = TokioIo::new(Watched::new(stream, pulse.clone()));
    let service = service_fn(|request: Request<Incoming>| {
        pulse.asked();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(place.clone());
        let is_last = || is_in_a_crowd || terms.leaving.is_cancelled();
        answer(app.clone(), request, is_last)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // Counts from the last answer on, so it is also how long nothing may be asked.
        .header_read_timeout(terms.keep_alive)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(stream, service)
        .with_upgrades();
    let serving = async {
        let mut connection = pin!(connection);
        tokio::select! {
            // A request that is here is answered before anybody is let go.
            biased;
            ended = connection.as_mut() => ended,
            () = terms.stop.cancelled() => {
                // Who has just come in is about to ask, and would never know whether we heard it.
                if !pulse.has_asked()
                    && let Ok(ended) = timeout(ASKING_MAX, connection.as_mut()).await
                {
                    return ended;
                }
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    };
    let head_max = if is_in_a_crowd { HEAD_MAX_IN_A_CROWD } else { HEAD_MAX };
    match patiently(serving, &pulse, head_max).await {
        Ok(Ok(())) => (),
        // Clients break off; that is their good right.
        Ok(Err(error)) => tracing::trace!(%error, "a connection ended early"),
        Err(overdue) => {
            count_refusal(overdue.reason());
        }
    }
}

/// Answers one request, perhaps as the last one of its connection. What becomes a socket is none of
/// that, and its handshake is not to be touched.
async fn answer(
    app: Router,
    request: Request,
    is_last: impl Fn() -> bool,
) -> Result<Response, Infallible> {
    let mut response = app.oneshot(request).await?;
    if is_last() && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use socket2::SockRef;

    use super::*;

    #[tokio::test]
    async fn connections_inherit_what_the_listener_was_given() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let socket = SockRef::from(&stream);
        assert!(socket.tcp_nodelay().unwrap() && socket.keepalive().unwrap());
        // The system doubles it, for its own bookkeeping.
        assert!(socket.send_buffer_size().unwrap() <= 2 * SEND_BUFFER_BYTES);
        #[cfg(target_os = "linux")]
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(SILENCE_MAX));
        drop(client);
    }
}
