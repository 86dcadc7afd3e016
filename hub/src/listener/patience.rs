//! How long a connection may keep us waiting: to say what it wants, and to take what it asked for.
//!
//! A socket that has come of a connection costs no timer here; it has a clock of its own.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep};

/// How long a client may take over [`READ_BYTES_MIN`] of what waits for it.
const WRITE_MAX: Duration = Duration::from_secs(10);
/// Less than any network that is good for anything carries in that time.
const READ_BYTES_MIN: u64 = 4 * 1024;

/// What a connection has done. Written by its stream, read by the task that polls it.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    has_asked: AtomicBool,
    is_blocked: AtomicBool,
    written_bytes: AtomicU64,
}

impl Pulse {
    /// A whole head of a request has come.
    pub(super) fn asked(&self) {
        self.has_asked.store(true, Ordering::Relaxed);
    }

    /// Whether one has.
    pub(super) fn has_asked(&self) -> bool {
        self.has_asked.load(Ordering::Relaxed)
    }
}

/// For what we waited too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    /// For the head of the first request.
    Head,
    /// For the client to read.
    Reading,
}

impl Overdue {
    /// As metrics call it.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Overdue::Head => "slow_head",
            Overdue::Reading => "slow_reading",
        }
    }
}

/// What the alarm is set for.
#[derive(PartialEq)]
enum Awaited {
    Nothing,
    Head,
    Reading { from_bytes: u64 },
}

/// Runs `connection` to its end, or until it has kept us waiting for too long: `head_max` for the
/// first head of a request.
pub(super) async fn patiently<F: Future>(
    connection: F,
    pulse: &Pulse,
    head_max: Duration,
) -> Result<F::Output, Overdue> {
    let mut connection = pin!(connection);
    let mut alarm = pin!(sleep(head_max));
    let mut awaited = Awaited::Head;
    poll_fn(|context| {
        if let Poll::Ready(ended) = connection.as_mut().poll(context) {
            return Poll::Ready(Ok(ended));
        }
        // Only polling the connection changes its pulse, so it is looked at after that.
        if pulse.is_blocked.load(Ordering::Relaxed) {
            let written = pulse.written_bytes.load(Ordering::Relaxed);
            let is_slow = matches!(awaited, Awaited::Reading { from_bytes }
                if written < from_bytes + READ_BYTES_MIN);
            if !is_slow {
                awaited = Awaited::Reading { from_bytes: written };
                alarm.as_mut().reset(Instant::now() + WRITE_MAX);
            }
        } else if pulse.has_asked() {
            awaited = Awaited::Nothing;
        }
        let overdue = match awaited {
            Awaited::Nothing => return Poll::Pending,
            Awaited::Head => Overdue::Head,
            Awaited::Reading { .. } => Overdue::Reading,
        };
        ready!(alarm.as_mut().poll(context));
        Poll::Ready(Err(overdue))
    })
    .await
}

/// A stream that keeps a [`Pulse`].
#[derive(Debug)]
pub(super) struct Watched<S> {
    stream: S,
    pulse: Arc<Pulse>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, pulse: Arc<Pulse>) -> Watched<S> {
        Watched { stream, pulse }
    }

    /// From here on nobody waits for it.
    pub(super) fn into_inner(self) -> S {
        self.stream
    }

    fn note(&self, written: &Poll<io::Result<usize>>) {
        self.pulse.is_blocked.store(written.is_pending(), Ordering::Relaxed);
        if let Poll::Ready(Ok(bytes)) = written {
            self.pulse.written_bytes.fetch_add(*bytes as u64, Ordering::Relaxed);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.note(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const HEAD_MAX: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn whoever_asks_for_nothing_is_left() {
        let pulse = Pulse::default();
        let ended = patiently(std::future::pending::<()>(), &pulse, HEAD_MAX).await;
        assert_eq!(ended, Err(Overdue::Head));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_has_asked_may_wait_for_the_answer_as_long_as_it_takes() {
        let pulse = Pulse::default();
        let answering = async {
            pulse.asked();
            sleep(HEAD_MAX * 100).await;
        };
        assert_eq!(patiently(answering, &pulse, HEAD_MAX).await, Ok(()));
    }

    /// A megabyte is written to somebody who reads `bytes` a second.
    async fn written_to_a_reader_of(bytes: usize) -> Result<(), Overdue> {
        let (ours, mut theirs) = duplex(1024);
        let pulse = Arc::<Pulse>::default();
        let mut stream = Watched::new(ours, pulse.clone());
        let reader = tokio::spawn(async move {
            let mut buffer = vec![0; bytes];
            loop {
                sleep(Duration::from_secs(1)).await;
                if bytes > 0 && theirs.read_exact(&mut buffer).await.is_err() {
                    return;
                }
            }
        });
        let writing = async {
            pulse.asked();
            stream.write_all(&[0; 1024 * 1024]).await.expect("somebody is there");
        };
        let ended = patiently(writing, &pulse, HEAD_MAX).await;
        reader.abort();
        ended
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_does_not_read_is_left_and_whoever_reads_slowly_is_not() {
        assert_eq!(written_to_a_reader_of(0).await, Err(Overdue::Reading));
        assert_eq!(written_to_a_reader_of(100).await, Err(Overdue::Reading));
        assert_eq!(written_to_a_reader_of(1_000).await, Ok(()));
    }
}
