//! A hub that also says back whatever it is told, for `tests/autobahn.py`: the product's own way of
//! taking connections and its sockets, with room for messages that it would never take.

use axum::Router;
use axum::response::Response;
use axum::routing::any;
use clap::Parser;
use hub::{Config, FrameKind, Server, SocketLimits, Upgrade, Wire};
use tokio_tungstenite::tungstenite::Message;

/// The largest message that anybody tries.
const LIMITS: SocketLimits = SocketLimits { message_bytes_max: 17 * 1024 * 1024 };

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let extra = Router::new().route("/echo", any(open));
    let _hub = Server::start(Config::parse(), extra).await?;
    std::future::pending().await
}

async fn open(upgrade: Upgrade) -> Response {
    upgrade.and_then(LIMITS, echo)
}

async fn echo(mut wire: Wire) {
    while let Some(Ok(message)) = wire.read().await {
        let is_heard = match message {
            Message::Text(text) => wire.write(FrameKind::Text, text.into()).await.is_ok(),
            Message::Binary(bytes) => wire.write(FrameKind::Binary, bytes).await.is_ok(),
            // Answered by the library.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => true,
        };
        if !is_heard {
            return;
        }
    }
}
