//! A session's way to its client by a WebSocket: messages are joined to frames.

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};

use crate::protocol::{Close, Encoding};
use crate::session::Link;

/// A socket that speaks one encoding.
pub(super) struct Frames {
    socket: WebSocket,
    encoding: Encoding,
}

impl Frames {
    pub(super) fn new(socket: WebSocket, encoding: Encoding) -> Frames {
        Frames { socket, encoding }
    }
}

impl Link for Frames {
    async fn hear(&mut self) -> Result<Bytes, Option<Close>> {
        loop {
            match self.socket.recv().await {
                Some(Ok(Message::Text(text))) => return Ok(text.into()),
                Some(Ok(Message::Binary(bytes))) => return Ok(bytes),
                // Answered by the library.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => (),
                Some(Err(error)) if is_too_big(&error) => return Err(Some(Close::TOO_BIG)),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(None),
            }
        }
    }

    async fn tell(&mut self, messages: &[Bytes]) -> Result<(), Option<Close>> {
        let frame = self.encoding.join(messages);
        let message = match self.encoding {
            Encoding::Json => Utf8Bytes::try_from(frame).ok().map(Message::Text),
            Encoding::Protobuf => Some(Message::Binary(frame)),
            // They have a stream of their own, and no socket.
            Encoding::Events => None,
        };
        let message = message.ok_or(Some(Close::INTERNAL))?;
        self.socket.send(message).await.map_err(|_| None)
    }

    async fn say_goodbye(&mut self, close: Close) -> bool {
        let frame = CloseFrame { code: close.code, reason: Utf8Bytes::from_static(close.reason) };
        self.socket.send(Message::Close(Some(frame))).await.is_ok()
    }

    /// Only while somebody reads does the library answer a goodbye.
    async fn hear_out(&mut self) {
        while let Some(Ok(_)) = self.socket.recv().await {}
    }
}

fn is_too_big(error: &axum::Error) -> bool {
    use std::error::Error;
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    text.contains("too long") || text.contains("too big")
}
