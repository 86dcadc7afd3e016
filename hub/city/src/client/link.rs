//! One WebSocket connection, from its greeting to its end.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::wire::{self, Command, Connect, Farewell, Reply};
use super::{Client, Error};

/// Opening and greeting take no longer, or the hub is not well.
const OPENING_MAX: Duration = Duration::from_secs(10);
const SENDING_MAX: Duration = Duration::from_secs(10);
/// How much later than announced a ping may come.
const PING_LATE_MAX: Duration = Duration::from_secs(10);
/// Views are a few kilobytes; a load test opens thousands of sockets.
const BUFFER_BYTES: usize = 8 * 1024;
/// A snapshot is the largest message there is.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The id of the greeting; later commands count on from here.
const GREETING: u32 = 1;

/// Why a connection ended.
#[derive(Debug)]
pub(super) enum Ending {
    /// The hub said so.
    Farewell(Farewell),
    /// It broke, or fell silent.
    Broken,
}

/// An open connection that the hub has greeted.
#[derive(Debug)]
pub(super) struct Link {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    received: VecDeque<Reply>,
    silence_max: Option<Duration>,
    answers_pings: bool,
    last_id: u32,
}

impl Link {
    /// Opens a connection and waits for the greeting.
    pub(super) async fn open(client: &Client) -> Result<Self, Error> {
        timeout(OPENING_MAX, Self::greet(client)).await.map_err(|_| Error::TooLate)?
    }

    async fn greet(client: &Client) -> Result<Self, Error> {
        let url = format!("{}/connection/websocket", client.base_url().replacen("http", "ws", 1));
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(0)
            .max_message_size(Some(MESSAGE_BYTES_MAX));
        let (socket, _) =
            connect_async_with_config(url, Some(config), true).await.map_err(opening)?;
        let mut link = Self {
            socket,
            received: VecDeque::new(),
            silence_max: None,
            answers_pings: false,
            last_id: GREETING,
        };
        let connect = Connect { token: &client.token(), name: "city" };
        let greeting = Command { id: GREETING, connect: Some(connect), ..Command::default() };
        link.send(wire::frame(&greeting)).await.map_err(|_| Error::Disconnected)?;
        let reply = match link.next().await {
            Ok(reply) => reply,
            Err(Ending::Broken) => return Err(Error::Disconnected),
            Err(Ending::Farewell(Farewell { code, reason })) => {
                return Err(Error::Closed { code, reason });
            }
        };
        if let Some(error) = reply.error {
            return Err(Error::replied(error));
        }
        let connected = reply.connect.ok_or(Error::Disconnected)?;
        link.answers_pings = connected.pong;
        link.silence_max = (connected.ping > 0)
            .then(|| Duration::from_secs(connected.ping.into()) + PING_LATE_MAX);
        Ok(link)
    }

    /// A number for the next command.
    pub(super) fn next_id(&mut self) -> u32 {
        self.last_id = self.last_id.checked_add(1).unwrap_or(GREETING + 1);
        self.last_id
    }

    /// Sends one frame.
    pub(super) async fn send(&mut self, frame: String) -> Result<(), Ending> {
        match timeout(SENDING_MAX, self.socket.send(Message::text(frame))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Ending::Broken),
        }
    }

    /// The next reply or push; pings are answered here. Cancel safe.
    pub(super) async fn next(&mut self) -> Result<Reply, Ending> {
        loop {
            while let Some(reply) = self.received.pop_front() {
                if !reply.is_ping() {
                    return Ok(reply);
                }
                if self.answers_pings {
                    self.send(wire::PONG.into()).await?;
                }
            }
            self.receive().await?;
        }
    }

    async fn receive(&mut self) -> Result<(), Ending> {
        let silence_max = self.silence_max.unwrap_or(Duration::MAX);
        let message = match timeout(silence_max, self.socket.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(_)) | None) | Err(_) => return Err(Ending::Broken),
        };
        match message {
            Message::Text(frame) => {
                self.received.extend(wire::replies(&frame).map_err(|_| Ending::Broken)?);
            }
            Message::Close(Some(frame)) => {
                let (code, reason) = (frame.code.into(), frame.reason.to_string());
                return Err(Ending::Farewell(Farewell { code, reason }));
            }
            Message::Close(None) => return Err(Ending::Broken),
            // The library answers native pings by itself; the protocol has no binary in JSON.
            Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_) => {}
        }
        Ok(())
    }

    /// Says goodbye. Nobody waits for the answer.
    pub(super) async fn close(mut self) {
        // A connection that is broken already needs no goodbye.
        let _ = timeout(Duration::from_secs(1), self.socket.close(None)).await;
    }
}

/// An upgrade that was answered like a request carries the hub's reason.
fn opening(error: tungstenite::Error) -> Error {
    match error {
        tungstenite::Error::Http(answer) => {
            let body = answer.body().as_deref().unwrap_or_default();
            Error::refused(answer.status().as_u16(), body, None)
        }
        error => Error::Opening(Box::new(error)),
    }
}
