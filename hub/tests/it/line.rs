//! A client of the socket, as bare as it can be: JSON commands out, JSON replies and pushes in.

use std::collections::VecDeque;
use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async_with_config};

use crate::world::{PATIENCE, soon};

/// A connection to a hub, with nothing said on it.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Asks for a socket.
pub(crate) async fn knock(request: impl IntoClientRequest + Unpin) -> Result<Socket, Error> {
    let asking = connect_async_with_config(request, Some(small()), true);
    Ok(soon("an answer to an upgrade", asking).await?.0)
}

/// A connection to a hub.
pub(crate) struct Line {
    socket: Socket,
    /// Messages that came while another was waited for.
    heard: VecDeque<Value>,
    next_id: u32,
}

impl Line {
    /// Opens a socket and says nothing.
    pub(crate) async fn open(hub: SocketAddr) -> Line {
        let url = format!("ws://{hub}/connection/websocket");
        let socket = knock(url).await.expect("the hub takes sockets");
        Line { socket, heard: VecDeque::new(), next_id: 0 }
    }

    /// Connects with so little room for what comes that the hub soon notices who does not read.
    pub(crate) async fn connect_narrow(hub: SocketAddr, token: &str) -> Line {
        let socket = TcpSocket::new_v4().expect("there are sockets left");
        socket.set_recv_buffer_size(4_096).expect("any size will do");
        let stream = socket.connect(hub).await.expect("the hub takes sockets");
        let url = format!("ws://{hub}/connection/websocket");
        let upgrade = client_async(url, MaybeTlsStream::Plain(stream));
        let upgrade = soon("an answer to an upgrade", upgrade).await;
        let (socket, _) = upgrade.expect("the hub takes sockets");
        let mut line = Line { socket, heard: VecDeque::new(), next_id: 0 };
        line.ask("connect", json!({"token": token})).await;
        line
    }

    /// Opens a socket and says who it is, if the hub takes it.
    pub(crate) async fn try_connect(hub: SocketAddr, token: &str) -> Option<Line> {
        let url = format!("ws://{hub}/connection/websocket");
        let socket = knock(url).await.ok()?;
        let mut line = Line { socket, heard: VecDeque::new(), next_id: 0 };
        line.ask("connect", json!({"token": token})).await;
        Some(line)
    }

    /// Opens a socket and says who it is.
    pub(crate) async fn connect(hub: SocketAddr, token: &str) -> Line {
        let mut line = Line::open(hub).await;
        let reply = line.ask("connect", json!({"token": token})).await;
        assert!(reply["connect"]["client"].is_string(), "{reply}");
        line
    }

    /// Sends a command and waits for its reply.
    pub(crate) async fn ask(&mut self, request: &str, body: Value) -> Value {
        let id = self.send(request, body).await;
        self.reply(id).await
    }

    /// Sends a command.
    pub(crate) async fn send(&mut self, request: &str, body: Value) -> u32 {
        self.next_id += 1;
        let command = json!({"id": self.next_id, request: body});
        self.say(command.to_string()).await;
        self.next_id
    }

    /// Sends a frame as it is.
    pub(crate) async fn say(&mut self, frame: String) {
        let sent = soon("room for what is said", self.socket.send(Message::Text(frame.into())));
        sent.await.expect("the hub listens");
    }

    /// Waits for the reply to command `id`.
    pub(crate) async fn reply(&mut self, id: u32) -> Value {
        self.until(|message| message["id"] == id).await
    }

    /// Calls a method, which must have its way. Returns what it answers.
    pub(crate) async fn calls(&mut self, method: &str, data: Value) -> Value {
        let reply = self.ask("rpc", json!({"method": method, "data": data})).await;
        assert!(reply["rpc"].is_object(), "{method}: {reply}");
        reply["rpc"]["data"].clone()
    }

    /// Waits for the next publication of `channel`.
    pub(crate) async fn publication(&mut self, channel: &str) -> Value {
        let push = self
            .until(|it| it["push"]["channel"] == channel && it["push"]["pub"].is_object())
            .await;
        push["push"]["pub"].clone()
    }

    /// Waits for the first message of which `is_it` is true; keeps the others.
    pub(crate) async fn until(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        let give_up_at = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.heard.iter().position(&is_it) {
                return self.heard.remove(at).expect("found a moment ago");
            }
            assert!(Instant::now() < give_up_at, "it never comes, but {:?}", self.heard);
            match self.frame().await {
                Ok(frame) => self.heard.extend(frame),
                Err(code) => panic!("closed with {code} instead, after {:?}", self.heard),
            }
        }
    }

    /// Says goodbye. Returns with which code the hub does, too.
    pub(crate) async fn leaves(&mut self) -> u16 {
        let frame = CloseFrame { code: CloseCode::Away, reason: "".into() };
        let said = soon("room for a goodbye", self.socket.close(Some(frame)));
        said.await.expect("the hub listens");
        self.closed().await
    }

    /// Waits for the next message, or for the code with which it all ends.
    pub(crate) async fn next(&mut self) -> Result<Value, u16> {
        loop {
            if let Some(message) = self.heard.pop_front() {
                return Ok(message);
            }
            let frame = self.frame().await?;
            self.heard.extend(frame);
        }
    }

    /// Waits until the hub closes the connection. Returns why.
    pub(crate) async fn closed(&mut self) -> u16 {
        let give_up_at = Instant::now() + PATIENCE;
        loop {
            if let Err(code) = self.frame().await {
                return code;
            }
            assert!(Instant::now() < give_up_at, "the hub never closes the connection");
        }
    }

    /// What has come without being waited for, everything until now.
    pub(crate) async fn everything(&mut self) -> Vec<Value> {
        // Replies are in order with pushes: what was pushed before this one is here.
        let id = self.send("rpc", json!({"method": "no.such"})).await;
        self.reply(id).await;
        self.heard.drain(..).collect()
    }

    /// The messages of the next frame, or the code with which it all ended. Pings, which may come
    /// at any time, are answered and no messages.
    pub(crate) async fn frame(&mut self) -> Result<Vec<Value>, u16> {
        loop {
            match soon("anything, be it a ping", self.socket.next()).await {
                Some(Ok(Message::Text(text))) => {
                    let read = |line| serde_json::from_str(line).expect("every line is JSON");
                    let mut messages: Vec<Value> = text.as_str().split('\n').map(read).collect();
                    let count = messages.len();
                    messages.retain(|it| *it != json!({}));
                    if messages.len() < count {
                        self.say("{}".to_owned()).await;
                    }
                    return Ok(messages);
                }
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(_)) => (),
                Some(Err(_)) | None => return Err(0),
            }
        }
    }
}

/// The usual buffer is far larger, and there are tests with thousands of these.
fn small() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(4_096)
}
