//! A Socket.IO server in Rust, and of a hub no more than anybody would write at first: one room for
//! each topic, and one reader of a Redis Stream.

use std::net::Ipv4Addr;

use anyhow::Context;
use axum::Router;
use redis::AsyncConnectionConfig;
use redis::streams::{StreamReadOptions, StreamReadReply};
use serde::Deserialize;
use serde_json::Value;
use socketioxide::SocketIo;
use socketioxide::extract::{Data, SocketRef};
use tokio::net::TcpSocket;

const READ_MAX: usize = 1_000;
const WAIT_MILLIS: usize = 1_000;
const BACKLOG: u32 = 4_096;

#[derive(Deserialize)]
struct Auth {
    topic: String,
}

/// Usage: socketioxide-peer <port> <port of Redis>
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut ports = std::env::args().skip(1);
    let port: u16 = ports.next().context("a port")?.parse()?;
    let redis_port: u16 = ports.next().context("the port of Redis")?.parse()?;

    let (layer, io) = SocketIo::new_layer();
    io.ns("/", async |socket: SocketRef, Data(auth): Data<Auth>| {
        socket.join(auth.topic);
        let _ = socket.emit("joined", &());
    });
    tokio::spawn(async move {
        if let Err(error) = follow(io, redis_port).await {
            eprintln!("socketioxide-peer: {error:#}");
            std::process::exit(1);
        }
    });
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_nodelay(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    let listener = socket.listen(BACKLOG)?;
    axum::serve(listener, Router::new().layer(layer)).await.context("serving")
}

/// Passes on what comes.
async fn follow(io: SocketIo, redis_port: u16) -> anyhow::Result<()> {
    let client = redis::Client::open(format!("redis://127.0.0.1:{redis_port}"))?;
    let patient = AsyncConnectionConfig::new().set_response_timeout(None);
    let mut connection = client.get_multiplexed_async_connection_with_config(&patient).await?;
    let options = StreamReadOptions::default().block(WAIT_MILLIS).count(READ_MAX);
    let mut last = "$".to_owned();
    loop {
        let mut read = redis::cmd("XREAD");
        read.arg(&options).arg("STREAMS").arg("news").arg(&last);
        let reply: Option<StreamReadReply> = read.query_async(&mut connection).await?;
        for entry in reply.into_iter().flat_map(|it| it.keys).flat_map(|it| it.ids) {
            let topic: String = entry.get("topic").context("a topic")?;
            let body: String = entry.get("body").context("a body")?;
            let body: Value = serde_json::from_str(&body)?;
            // Whoever is gone, or has a full queue, is not its concern.
            let _ = io.to(topic).emit("news", &body).await;
            last = entry.id;
        }
    }
}
