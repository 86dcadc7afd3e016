//! A hub that also says back whatever it is told, for `tests/autobahn.py`: the product's own way of
//! taking connections and its sockets, with room for messages that it would never take.

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use clap::Parser;
use hub::{Config, Server, SocketLimits};

/// The largest message that anybody tries, and what is put before it.
const LIMITS: SocketLimits =
    SocketLimits { message_bytes_max: 17 * 1024 * 1024, unwritten_bytes_max: 18 * 1024 * 1024 };

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let extra = Router::new().route("/echo", any(open));
    let _hub = Server::start(Config::parse(), extra).await?;
    std::future::pending().await
}

async fn open(upgrade: WebSocketUpgrade) -> Response {
    LIMITS.apply(upgrade).on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let is_heard = match message {
            message @ (Message::Text(_) | Message::Binary(_)) => socket.send(message).await.is_ok(),
            // Answered by the library.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => true,
        };
        if !is_heard {
            return;
        }
    }
}
