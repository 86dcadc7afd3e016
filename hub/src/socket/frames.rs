//! A session's way to its client by a WebSocket: messages are joined to frames.

use axum::body::Bytes;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::{FrameKind, Wire};
use crate::protocol::{Close, Encoding};
use crate::session::Link;

/// A socket that speaks one encoding.
pub(super) struct Frames {
    wire: Wire,
    encoding: Encoding,
}

impl Frames {
    pub(super) fn new(wire: Wire, encoding: Encoding) -> Frames {
        Frames { wire, encoding }
    }
}

impl Link for Frames {
    async fn hear(&mut self) -> Result<Bytes, Option<Close>> {
        loop {
            match self.wire.read().await {
                Some(Ok(Message::Text(text))) => return Ok(text.into()),
                Some(Ok(Message::Binary(bytes))) => return Ok(bytes),
                // Answered by the library.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => (),
                Some(Err(Error::Capacity(_))) => return Err(Some(Close::TOO_BIG)),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(None),
            }
        }
    }

    async fn tell(&mut self, messages: &mut [Bytes]) -> Result<(), Option<Close>> {
        let kind = match self.encoding {
            Encoding::Json => FrameKind::Text,
            Encoding::Protobuf => FrameKind::Binary,
            // They have a stream of their own, and no socket.
            Encoding::Events => return Err(Some(Close::INTERNAL)),
        };
        self.wire.write(kind, self.encoding.join(messages)).await.map_err(|_| None)
    }

    async fn say_goodbye(&mut self, close: Close) -> bool {
        let reason = Utf8Bytes::from_static(close.reason);
        self.wire.close(CloseFrame { code: close.code.into(), reason }).await.is_ok()
    }

    /// Only while somebody reads does the library answer a goodbye.
    async fn hear_out(&mut self) {
        while let Some(Ok(_)) = self.wire.read().await {}
    }
}
