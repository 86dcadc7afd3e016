//! Taking connections. HTTP/1.1 only: sockets are upgraded from it, and the floods that the
//! successor knows cannot happen here.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// How many connections may wait to be taken.
const BACKLOG: u32 = 1_024;
/// Most connections that are not sockets at once; the next ones wait to be taken.
const REQUESTS_MAX: usize = 8_192;
/// How long a client may take to say what it wants.
const HEADER_MAX: Duration = Duration::from_secs(10);
/// Pause after a connection could not be taken: most likely there are too many.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// What the system keeps for a client that does not read. Without it: megabytes for each.
const SEND_BUFFER_BYTES: u32 = 64 * 1024;
/// Largest buffer for the head of a request.
const HEAD_BYTES_MAX: usize = 32 * 1024;

/// Listens on `address`.
///
/// # Errors
/// If somebody else does, or the address is not ours.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    // Connections inherit it.
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves `app` on `listener` until `stop`; then takes no more, and returns once the requests
/// that were under way are answered.
pub(crate) async fn serve(listener: TcpListener, app: Router, stop: CancellationToken) {
    let connections = TaskTracker::new();
    let places = Arc::new(Semaphore::new(REQUESTS_MAX));
    let take = async || {
        let place = places.clone().acquire_owned().await;
        (place, listener.accept().await)
    };
    loop {
        let (place, accepted) = tokio::select! {
            taken = take() => taken,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = connection(stream, peer, app.clone(), stop.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "could not take a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    stop: CancellationToken,
) -> impl Future<Output = ()> {
    // News are small and should leave at once. A connection that cannot do that still works.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request)
    });
    async move {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_MAX)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        // Clients break off; that is their good right.
        if let Err(error) = ended {
            tracing::trace!(%error, "a connection ended early");
        }
    }
}
