//! A session's way to its client by a stream, which is the body of an answer, and back by
//! requests.

use std::convert::Infallible;

use axum::body::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::mpsc;

use super::sessions::Inbox;
use crate::protocol::{Close, Encoding};
use crate::session::Link;

/// Chunks that may wait to be written: what is written slowly waits in the outbox, which is
/// bounded in bytes.
const CHUNKS_WAITING_MAX: usize = 1;

/// A stream that speaks one encoding, and the commands that come beside it.
pub(super) struct Chunks {
    encoding: Encoding,
    inbox: Inbox,
    chunks: mpsc::Sender<Bytes>,
}

/// Opens a stream. The body ends with the link; the link knows when the body was dropped.
pub(super) fn open(
    encoding: Encoding,
    inbox: Inbox,
) -> (Chunks, impl Stream<Item = Result<Bytes, Infallible>> + use<>) {
    let (chunks, body) = mpsc::channel(CHUNKS_WAITING_MAX);
    let body = unfold(body, async |mut body| body.recv().await.map(|chunk| (Ok(chunk), body)));
    (Chunks { encoding, inbox, chunks }, body)
}

impl Link for Chunks {
    async fn hear(&mut self) -> Result<Bytes, Option<Close>> {
        tokio::select! {
            frame = self.inbox.next() => frame.ok_or(None),
            () = self.chunks.closed() => Err(None),
        }
    }

    async fn tell(&mut self, messages: &mut [Bytes]) -> Result<(), Option<Close>> {
        let chunk = self.encoding.chunk(messages);
        self.chunks.send(chunk).await.map_err(|_| None)
    }

    async fn say_goodbye(&mut self, close: Close) -> bool {
        self.tell(&mut [self.encoding.disconnect(close)]).await.is_ok()
    }

    /// The end of a stream is not answered.
    async fn hear_out(&mut self) {}
}
