//! A WebSocket that keeps nothing of what it has written.
//!
//! Frames are read as the library does it, pings answered, and goodbyes said. But what the library
//! writes it copies into a buffer first, and that stays as large as the largest message ever was,
//! in each of thousands of sockets. So messages go past it, behind heads of its making.

use std::future::poll_fn;
use std::io::{self, Cursor, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use bytes::Buf;
use bytes::buf::Chain;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::OpCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketContext};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::SocketLimits;

pub use tokio_tungstenite::tungstenite::protocol::frame::coding::Data as FrameKind;

/// Longest head of a frame that a server writes: two bytes, and eight for a length.
const HEAD_BYTES_MAX: usize = 10;

/// A head that stands at the end of its room, and what it is the head of.
type Frame = Chain<Cursor<[u8; HEAD_BYTES_MAX]>, Bytes>;

/// One socket.
pub struct Wire {
    stream: TcpStream,
    socket: WebSocketContext,
    /// What the kernel has yet to take of the last message.
    unwritten: Frame,
    /// Nothing can be read any more.
    is_over: bool,
}

impl Wire {
    /// The socket that `stream` has become, of which these bytes have been read already.
    pub(super) fn new(stream: TcpStream, read: Bytes, limits: SocketLimits) -> Wire {
        let config = Some(limits.config());
        // Copied, or the whole buffer of the handshake would be kept for these few.
        let socket = WebSocketContext::from_partially_read(read.to_vec(), Role::Server, config);
        Wire { stream, socket, unwritten: nothing(), is_over: false }
    }

    /// Waits for the next message. Nothing at the end, and after an error. Safe to cancel.
    pub async fn read(&mut self) -> Option<Result<Message, Error>> {
        if self.is_over {
            return None;
        }
        let read = self.at_once(|socket, stream| socket.read(stream)).await;
        self.is_over = read.is_err();
        match read {
            Err(Error::ConnectionClosed | Error::AlreadyClosed) => None,
            read => Some(read),
        }
    }

    /// Writes a message. If this is canceled the rest goes before whatever is written next.
    ///
    /// # Errors
    /// If the connection is over.
    pub async fn write(&mut self, kind: FrameKind, payload: Bytes) -> Result<(), Error> {
        self.write_rest().await?;
        // A pong that waits goes before this message and not into it.
        self.at_once(|socket, stream| socket.flush(stream)).await?;
        self.unwritten = frame(kind, payload)?;
        Ok(self.write_rest().await?)
    }

    /// Says goodbye, as the last that is written.
    ///
    /// # Errors
    /// If the connection is over.
    pub async fn close(&mut self, goodbye: CloseFrame) -> Result<(), Error> {
        self.write_rest().await?;
        let mut goodbye = Some(goodbye);
        self.at_once(|socket, stream| match goodbye.take() {
            Some(goodbye) => socket.close(stream, Some(goodbye)),
            None => socket.flush(stream),
        })
        .await
    }

    /// Tries something again and again until it does not have to wait.
    async fn at_once<T>(
        &mut self,
        mut act: impl FnMut(&mut WebSocketContext, &mut AtOnce<'_, '_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let Wire { stream, socket, .. } = self;
        poll_fn(|context| match act(socket, &mut AtOnce { stream, context }) {
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => Poll::Pending,
            done => Poll::Ready(done),
        })
        .await
    }

    async fn write_rest(&mut self) -> io::Result<()> {
        if self.unwritten.has_remaining() {
            self.stream.write_all_buf(&mut self.unwritten).await?;
            // The message is everybody's, and gone with the last who has it.
            self.unwritten = nothing();
        }
        Ok(())
    }
}

/// A stream as the library wants one: what would have to wait is an error, and the task is woken
/// when it is worth trying again.
struct AtOnce<'a, 'b> {
    stream: &'a mut TcpStream,
    context: &'a mut Context<'b>,
}

impl io::Read for AtOnce<'_, '_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut room = ReadBuf::new(room);
        let read = Pin::new(&mut *self.stream).poll_read(self.context, &mut room);
        now(read.map_ok(|()| room.filled().len()))
    }
}

impl io::Write for AtOnce<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        now(Pin::new(&mut *self.stream).poll_write(self.context, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn now<T>(polled: Poll<io::Result<T>>) -> io::Result<T> {
    match polled {
        Poll::Ready(result) => result,
        Poll::Pending => Err(ErrorKind::WouldBlock.into()),
    }
}

fn nothing() -> Frame {
    let mut head = Cursor::new([0; HEAD_BYTES_MAX]);
    head.set_position(HEAD_BYTES_MAX as u64);
    head.chain(Bytes::new())
}

fn frame(kind: FrameKind, payload: Bytes) -> Result<Frame, Error> {
    let header = FrameHeader { opcode: OpCode::Data(kind), ..FrameHeader::default() };
    let length = payload.len() as u64;
    let mut room = [0; HEAD_BYTES_MAX];
    let start = HEAD_BYTES_MAX - header.len(length);
    header.format(length, &mut &mut room[start..])?;
    let mut head = Cursor::new(room);
    head.set_position(start as u64);
    Ok(head.chain(payload))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::StreamExt;
    use tokio::net::TcpListener;
    use tokio::time::timeout;
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::protocol::frame::Frame as Whole;

    use super::*;

    /// More than the system takes for somebody who does not read.
    const LARGE_BYTES: usize = 15 * 1024 * 1024;
    /// A buffer of the kind into which heads of requests are read.
    const BUFFER_BYTES: usize = 8 * 1024;

    #[test]
    fn a_frame_is_as_the_library_writes_it() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let payload = Bytes::from(vec![b'x'; length]);
            let mut ours = frame(FrameKind::Text, payload.clone()).unwrap();
            let ours = ours.copy_to_bytes(ours.remaining());
            let mut theirs = Vec::new();
            Whole::message(payload, OpCode::Data(FrameKind::Text), true)
                .format(&mut theirs)
                .unwrap();
            assert_eq!(ours, theirs, "{length}");
        }
    }

    /// A socket, and its other end.
    async fn pair() -> (Wire, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        (Wire::new(stream, Bytes::new(), SocketLimits::default()), client)
    }

    #[tokio::test]
    async fn nothing_is_kept_of_the_buffer_of_the_handshake() {
        let (Wire { stream, .. }, _client) = pair().await;
        let mut wire = None;
        let kept = allocation_counter::measure(|| {
            let mut read = Vec::with_capacity(BUFFER_BYTES);
            read.extend_from_slice(b"\x89\x80");
            wire = Some(Wire::new(stream, read.into(), SocketLimits::default()));
        });
        assert!(kept.bytes_current < BUFFER_BYTES as i64 / 8, "{kept:?}");
        drop(wire);
    }

    #[tokio::test]
    async fn half_a_message_is_finished_before_the_goodbye_and_then_let_go() {
        let (mut wire, client) = pair().await;
        let mut client = WebSocketStream::from_raw_socket(client, Role::Client, None).await;

        let large = Bytes::from(vec![b'x'; LARGE_BYTES]);
        let writing = wire.write(FrameKind::Binary, large.clone());
        assert!(timeout(Duration::from_millis(50), writing).await.is_err(), "nobody reads");
        let goodbye = CloseFrame { code: 3008.into(), reason: "slow".into() };
        let heard = async {
            let first = client.next().await.unwrap().unwrap();
            (first, client.next().await.unwrap().unwrap())
        };
        let (said, (first, last)) = tokio::join!(wire.close(goodbye.clone()), heard);
        said.unwrap();
        assert_eq!((first.len(), last), (LARGE_BYTES, Message::Close(Some(goodbye))));
        assert!(large.is_unique(), "an idle socket holds no message");
    }
}
