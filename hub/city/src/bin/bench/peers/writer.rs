//! No server: a process that writes to sockets what it is handed, as WebSocket frames, and has
//! nothing else to do. One thread, one buffer, no memory of anything.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;

use anyhow::Context;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use tokio::process::Command;

use super::{Contender, Hello, Plan, Server, Started, Step, listens, message, start};
use crate::frames::{Tongue, unmasked};
use crate::place::free_address;
use crate::press::{Press, Print};

/// What the press calls itself, where sockets say what they follow.
const PRESS: u32 = u32::MAX;
const LISTENER: Token = Token(usize::MAX);
const EVENTS_MAX: usize = 1_024;
const BUFFER_BYTES: usize = 64 * 1_024;
/// Before each message: the topic, and how long it is.
const HEAD_BYTES: usize = 8;

pub(super) async fn open(plan: Plan) -> anyhow::Result<Contender> {
    let address = free_address()?;
    let mut command = Command::new(std::env::current_exe()?);
    let mut program = start(command.args(["--bare", "writer", "--listen", &address.to_string()]))?;
    listens(&mut program, address).await?;
    let print: Print = Box::new(|out, topic, number| {
        let frame = unmasked(&message(number));
        out.extend_from_slice(&(topic as u32).to_le_bytes());
        out.extend_from_slice(&(frame.len() as u32).to_le_bytes());
        out.extend_from_slice(&frame);
    });
    Ok(Contender {
        address,
        tongue: Tongue { ping: b"", pong: b"", is_text: true },
        hello: Box::new(move |socket| Hello {
            path: None,
            steps: vec![
                Step::SayBare((plan.topic_of(socket) as u32).to_le_bytes().to_vec()),
                Step::Hear("joined".to_owned()),
            ],
        }),
        press: Press::open(address, 1, &PRESS.to_le_bytes(), b"?", print)?,
        server: Server::Peer(Box::new(Started { program, _redis: None, _folder: None })),
        redis: None,
    })
}

/// Everybody who is connected.
#[derive(Default)]
struct Sockets {
    streams: Vec<TcpStream>,
    topics: HashMap<u32, Vec<usize>>,
    press: Option<usize>,
}

/// Is that process, for ever.
///
/// # Errors
/// If somebody listens there already.
pub(crate) fn serve(address: SocketAddr) -> anyhow::Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(EVENTS_MAX);
    let mut listener = TcpListener::bind(address).context("listening")?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut sockets = Sockets::default();
    let mut unread = Vec::new();
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            polled => polled?,
        }
        for event in &events {
            match event.token() {
                LISTENER => {
                    while let Ok((mut stream, _)) = listener.accept() {
                        let token = Token(sockets.streams.len());
                        stream.set_nodelay(true)?;
                        poll.registry().register(&mut stream, token, Interest::READABLE)?;
                        sockets.streams.push(stream);
                    }
                }
                Token(index) if sockets.press == Some(index) => sockets.pass_on(&mut unread)?,
                Token(index) => sockets.welcome(index)?,
            }
        }
    }
}

impl Sockets {
    /// Somebody says what they follow, or hangs up.
    fn welcome(&mut self, index: usize) -> anyhow::Result<()> {
        let mut topic = [0; 4];
        if let Ok(4) = self.streams[index].read(&mut topic) {
            match u32::from_le_bytes(topic) {
                PRESS => self.press = Some(index),
                topic => {
                    self.topics.entry(topic).or_default().push(index);
                    self.write(index, &unmasked(b"joined"));
                }
            }
        }
        Ok(())
    }

    /// Writes all that has come, with one call for each socket that is to have several messages in
    /// a row.
    fn pass_on(&mut self, unread: &mut Vec<u8>) -> anyhow::Result<()> {
        let Some(press) = self.press else { return Ok(()) };
        let mut buffer = [0; BUFFER_BYTES];
        loop {
            match self.streams[press].read(&mut buffer) {
                Ok(0) => std::process::exit(0),
                Ok(count) => unread.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
            let (mut used, mut joined, mut of) = (0, Vec::new(), None);
            while let Some((topic, frame)) = first(&unread[used..]) {
                if of.is_some_and(|of| of != topic) {
                    self.tell(of, &joined);
                    joined.clear();
                }
                of = Some(topic);
                joined.extend_from_slice(frame);
                used += HEAD_BYTES + frame.len();
            }
            self.tell(of, &joined);
            unread.drain(..used);
        }
    }

    fn tell(&mut self, topic: Option<u32>, frames: &[u8]) {
        let Some(topic) = topic else { return };
        for index in self.topics.get(&topic).cloned().unwrap_or_default() {
            self.write(index, frames);
        }
    }

    fn write(&mut self, index: usize, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match self.streams[index].write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                // Whoever reads is on the same machine and needs but the time.
                Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::yield_now(),
                Err(_) => return,
            }
        }
    }
}

/// The first message, if it is there as a whole.
fn first(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let topic = u32::from_le_bytes(*bytes.first_chunk()?);
    let length = u32::from_le_bytes(*bytes.get(4..)?.first_chunk()?) as usize;
    Some((topic, bytes.get(HEAD_BYTES..HEAD_BYTES + length)?))
}
