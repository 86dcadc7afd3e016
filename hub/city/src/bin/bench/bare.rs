//! The least that a server of the same kind does: what is measured stands beside it. Run as another
//! process of this program, so that its time is told from that of the clients.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use clap::{Args, ValueEnum};
use futures_util::{SinkExt, StreamExt};
use redis::aio::MultiplexedConnection;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};
use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::peers;

/// How long it may take to listen.
const LISTENING_MAX: Duration = Duration::from_secs(10);
/// As many as may wait to be accepted.
const BACKLOG: u32 = 4_096;

/// What to be instead of a bench.
#[derive(Clone, Debug, Args)]
pub(crate) struct Role {
    /// A server that does the least, for this program to measure.
    #[arg(long, hide = true, requires = "listen")]
    bare: Option<Kind>,
    #[arg(long, hide = true)]
    listen: Option<SocketAddr>,
    #[arg(long, hide = true, default_value = "")]
    redis: String,
    #[arg(long, hide = true, default_value = "")]
    key: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// WebSockets on which each command is answered that it is done.
    Sockets,
    /// An axum handler that reads one key of Redis.
    Reader,
    /// Sockets to which is written what this program hands it.
    Writer,
}

impl Role {
    /// Serves until it is killed. Nothing if it is a bench after all.
    pub(crate) async fn serve(&self) -> anyhow::Result<Option<()>> {
        let Some((kind, listen)) = self.bare.zip(self.listen) else { return Ok(None) };
        if let Kind::Writer = kind {
            peers::serve_bare(listen)?;
        }
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind(listen)?;
        let listener = socket.listen(BACKLOG)?;
        match kind {
            Kind::Sockets => loop {
                let (stream, _) = listener.accept().await?;
                tokio::spawn(answer(stream));
            },
            Kind::Reader => {
                let client = redis::Client::open(self.redis.as_str())?;
                let redis = client.get_multiplexed_async_connection().await?;
                let api = Router::new().route("/", get(read)).with_state((redis, self.key.clone()));
                axum::serve(listener, api).await?;
            }
            Kind::Writer => (),
        }
        Ok(Some(()))
    }
}

async fn answer(stream: TcpStream) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(1_024);
    let mut socket = accept_async_with_config(stream, Some(config)).await?;
    while let Some(Ok(Message::Text(text))) = socket.next().await {
        let command: Value = serde_json::from_str(&text)?;
        let done = format!(r#"{{"id":{},"done":{{}}}}"#, command["id"]);
        socket.send(Message::text(done)).await?;
    }
    Ok(())
}

async fn read(
    State((mut redis, key)): State<(MultiplexedConnection, String)>,
) -> Result<impl IntoResponse, StatusCode> {
    let events: Vec<String> = redis::cmd("LRANGE")
        .arg(key)
        .arg(0)
        .arg(-1)
        .query_async(&mut redis)
        .await
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(([(CONTENT_TYPE, "application/json")], json!(events).to_string()))
}

/// Such a server, at work.
pub(crate) struct Bare {
    pub(crate) listen: SocketAddr,
    _process: Child,
}

impl Bare {
    /// WebSockets on which each command is answered that it is done.
    pub(crate) async fn sockets() -> anyhow::Result<Bare> {
        Bare::start(&["--bare", "sockets"]).await
    }

    /// A handler that reads this list.
    pub(crate) async fn reader(redis_url: &str, key: &str) -> anyhow::Result<Bare> {
        Bare::start(&["--bare", "reader", "--redis", redis_url, "--key", key]).await
    }

    async fn start(role: &[&str]) -> anyhow::Result<Bare> {
        let listen = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let process = Command::new(std::env::current_exe()?)
            .args(role)
            .args(["--listen", &listen.to_string()])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("starting a bare server")?;
        let started = Instant::now();
        while TcpStream::connect(listen).await.is_err() {
            ensure!(started.elapsed() < LISTENING_MAX, "a bare server does not listen");
            sleep(Duration::from_millis(10)).await;
        }
        Ok(Bare { listen, _process: process })
    }
}
