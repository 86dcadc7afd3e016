//! Many thousands of sockets of one server, heard by one thread that does nothing else: what is
//! measured should be the server.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::frames::{Tongue, frame, numbers};
use crate::peers::{Hello, Step};

/// How many connect at once.
const CONNECTING_MAX: usize = 128;
/// After so many more, those who are there are heard.
const TOGETHER: usize = 500;
/// How long one may take to connect and subscribe.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// Sockets of which the kernel tells at once.
const EVENTS_MAX: usize = 1_024;
/// What is read at once: more than anybody's largest frame.
const BUFFER_BYTES: usize = 512 * 1_024;
/// What a handshake is read into.
const GREETING_BYTES: usize = 16 * 1_024;

/// Sockets that are subscribed.
pub(crate) struct Swarm {
    poll: Poll,
    events: Events,
    ears: Vec<Ear>,
    buffer: Box<[u8]>,
    tongue: Tongue,
    /// When the first nanosecond was.
    pub(crate) clock: Instant,
    /// Sockets that the server has closed.
    pub(crate) closed: usize,
}

struct Ear {
    stream: TcpStream,
    /// The beginning of a frame whose end has yet to come.
    begun: Vec<u8>,
}

impl Swarm {
    /// So many sockets connect and subscribe.
    pub(crate) async fn gather(
        server: SocketAddr,
        tongue: Tongue,
        hello: &(dyn Fn(usize) -> Hello + Send + Sync),
        count: usize,
    ) -> anyhow::Result<Swarm> {
        let arrive = async |index| {
            let arriving = arrive(server, tongue, hello(index));
            timeout(ANSWER_MAX, arriving).await.context("waiting for a server's answer")?
        };
        let mut swarm = Swarm {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS_MAX),
            ears: Vec::with_capacity(count),
            buffer: vec![0; BUFFER_BYTES].into(),
            tongue,
            clock: Instant::now(),
            closed: 0,
        };
        for first in (0..count).step_by(TOGETHER) {
            let together = first..count.min(first + TOGETHER);
            let arriving = stream::iter(together).map(arrive).buffered(CONNECTING_MAX);
            for (stream, begun) in arriving.try_collect::<Vec<_>>().await? {
                let mut stream = TcpStream::from_std(stream);
                let token = Token(swarm.ears.len());
                swarm.poll.registry().register(&mut stream, token, Interest::READABLE)?;
                swarm.ears.push(Ear { stream, begun });
            }
            // Those who came first are asked whether they are still there.
            swarm.listen(Duration::ZERO, |_, _| ())?;
        }
        Ok(swarm)
    }

    /// How many sockets there were.
    pub(crate) fn len(&self) -> usize {
        self.ears.len()
    }

    /// Calls `news` with the number of each message that has come, and when it came in nanoseconds.
    /// If there is none yet, waits for so long.
    pub(crate) fn listen(
        &mut self,
        wait: Duration,
        mut news: impl FnMut(u32, u64),
    ) -> anyhow::Result<()> {
        self.overhear(wait, |words, now| numbers(words).for_each(|number| news(number, now)))
    }

    /// The same with all that is said.
    pub(crate) fn overhear(
        &mut self,
        wait: Duration,
        mut words: impl FnMut(&[u8], u64),
    ) -> anyhow::Result<()> {
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            polled => polled.context("waiting for news")?,
        }
        for event in &self.events {
            let ear = &mut self.ears[event.token().0];
            if !ear.read(&mut self.buffer, self.tongue, self.clock, &mut words)? {
                self.closed += 1;
                self.poll.registry().deregister(&mut ear.stream)?;
            }
        }
        Ok(())
    }
}

impl Ear {
    /// Reads what there is. Returns whether there may be more, some time.
    fn read(
        &mut self,
        buffer: &mut [u8],
        tongue: Tongue,
        clock: Instant,
        words: &mut impl FnMut(&[u8], u64),
    ) -> anyhow::Result<bool> {
        loop {
            let begun = self.begun.len();
            buffer[..begun].copy_from_slice(&self.begun);
            let room = buffer.len() - begun;
            let count = match self.stream.read(&mut buffer[begun..]) {
                Ok(0) => return Ok(false),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                Err(_) => return Ok(false),
            };
            let read = &buffer[..begun + count];
            let now = clock.elapsed().as_nanos() as u64;
            let heard = tongue.hear(read, |said| words(said, now));
            if let Some(answer) = heard.answer {
                self.stream.write_all(&answer).context("answering a ping")?;
            }
            ensure!(begun + count - heard.used < room, "a frame is larger than any should be");
            self.begun.clear();
            self.begun.extend_from_slice(&read[heard.used..]);
            if heard.is_over {
                return Ok(false);
            }
            // The kernel has no more, and says so when it has.
            if count < room {
                return Ok(true);
            }
        }
    }
}

/// Connects and subscribes. Returns the socket, and what was read of it too early.
async fn arrive(
    server: SocketAddr,
    tongue: Tongue,
    hello: Hello,
) -> anyhow::Result<(std::net::TcpStream, Vec<u8>)> {
    let mut stream = tokio::net::TcpStream::connect(server).await.context("connecting")?;
    stream.set_nodelay(true)?;
    let mut unread = Vec::new();
    if let Some(path) = &hello.path {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let end = loop {
            if let Some(at) = memchr::memmem::find(&unread, b"\r\n\r\n") {
                break at + 4;
            }
            read_more(&mut stream, &mut unread).await?;
        };
        let head = String::from_utf8_lossy(&unread[..end]);
        ensure!(head.starts_with("HTTP/1.1 101"), "no socket: {}", head.trim_end());
        unread.drain(..end);
    }
    for step in &hello.steps {
        match step {
            Step::Say(words) => stream.write_all(&tongue.say(words.as_bytes())).await?,
            Step::SayBare(bytes) => stream.write_all(bytes).await?,
            Step::Hear(words) => hear(&mut stream, &mut unread, words).await?,
        }
    }
    Ok((stream.into_std()?, unread))
}

/// Reads until a frame says this.
async fn hear(
    stream: &mut tokio::net::TcpStream,
    unread: &mut Vec<u8>,
    words: &str,
) -> anyhow::Result<()> {
    loop {
        while let Some((_, payload, length)) = frame(unread) {
            let is_it = memchr::memmem::find(payload, words.as_bytes()).is_some();
            unread.drain(..length);
            if is_it {
                return Ok(());
            }
        }
        read_more(stream, unread).await?;
    }
}

async fn read_more(stream: &mut tokio::net::TcpStream, unread: &mut Vec<u8>) -> anyhow::Result<()> {
    unread.reserve(GREETING_BYTES);
    match stream.read_buf(unread).await? {
        0 => bail!("the server hung up"),
        _ => Ok(()),
    }
}
