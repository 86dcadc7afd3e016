//! Servers that pass news on to sockets: ours, and those that stand beside it. Each says how it is
//! started, how one subscribes there, and how it is told news.

pub(crate) mod hub;
mod nats;
mod nchan;
mod programs;
mod writer;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;
use streams::PrivateRedis;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::frames::{MARK, Tongue, put_digits};
use crate::place::{Place, start_redis};
use crate::press::Press;
use crate::processes::{family, seconds};
use crate::swarm::Swarm;

pub(crate) use writer::serve as serve_bare;

/// Bytes of a message to those who do not make their own.
pub(crate) const MESSAGE_BYTES: usize = 200;
/// How long a server may take to listen.
const READY_MAX: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Until subscriptions stand of which the server says nothing.
const SETTLING: Duration = Duration::from_secs(1);

/// Who passes news on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    /// Ours; the news are entries of the feeds.
    Hub,
    /// Socket.IO on Node, with its Redis Streams adapter.
    SocketIo,
    /// The library ws on Node, and a reader of a Redis Stream.
    Ws,
    /// Socket.IO in Rust, and a reader of a Redis Stream.
    Socketioxide,
    /// A module of nginx, which keeps channels in Redis.
    Nchan,
    /// NATS with its own WebSockets, without Redis.
    Nats,
    /// No server at all: what comes is written to the sockets. The end of what is possible.
    Bare,
}

/// Who follows what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) sockets: usize,
    /// Whether everybody follows the same, or each socket something of its own.
    pub(crate) is_one_topic: bool,
}

impl Plan {
    /// How many topics there are.
    pub(crate) fn topics(self) -> usize {
        if self.is_one_topic { 1 } else { self.sockets }
    }

    /// What the socket with this number follows.
    fn topic_of(self, socket: usize) -> usize {
        if self.is_one_topic { 0 } else { socket }
    }
}

/// What a client says and hears until it is subscribed.
pub(crate) struct Hello {
    /// Where it asks for a WebSocket, if it does.
    pub(crate) path: Option<String>,
    pub(crate) steps: Vec<Step>,
}

/// One thing after the other.
pub(crate) enum Step {
    Say(String),
    /// Not as a frame.
    SayBare(Vec<u8>),
    /// Waits for a frame with these words.
    Hear(String),
}

/// A server that runs.
pub(crate) struct Contender {
    address: SocketAddr,
    tongue: Tongue,
    hello: Box<dyn Fn(usize) -> Hello + Send + Sync>,
    pub(crate) press: Press,
    server: Server,
    redis: Option<u32>,
}

/// Gone when dropped.
enum Server {
    Hub(Box<Place>),
    Peer(Box<Started>),
}

/// A program, and what it has been given.
struct Started {
    program: Child,
    _redis: Option<PrivateRedis>,
    _folder: Option<TempDir>,
}

/// Processor time, in seconds of one processor.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub(crate) server: f64,
    pub(crate) redis: f64,
    /// By us: the client of all of them.
    pub(crate) own: f64,
}

impl std::ops::Sub for Spent {
    type Output = Spent;

    fn sub(self, before: Spent) -> Spent {
        Spent {
            server: self.server - before.server,
            redis: self.redis - before.redis,
            own: self.own - before.own,
        }
    }
}

impl Peer {
    /// Starts it with nothing in it but what the plan needs.
    ///
    /// # Errors
    /// Also if it is not installed.
    pub(crate) async fn open(self, plan: Plan) -> anyhow::Result<Contender> {
        let opened = match self {
            Peer::Hub => hub::open(plan).await,
            Peer::SocketIo => programs::socket_io(plan).await,
            Peer::Ws => programs::ws(plan).await,
            Peer::Socketioxide => programs::socketioxide(plan).await,
            Peer::Nchan => nchan::open(plan).await,
            Peer::Nats => nats::open(plan).await,
            Peer::Bare => writer::open(plan).await,
        };
        opened.with_context(|| format!("starting {self}"))
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Peer::Hub => "hub",
            Peer::SocketIo => "Socket.IO, Redis Streams adapter",
            Peer::Ws => "ws, Redis",
            Peer::Socketioxide => "socketioxide, Redis",
            Peer::Nchan => "nchan, Redis",
            Peer::Nats => "NATS",
            Peer::Bare => "bare TCP writer",
        })
    }
}

impl Contender {
    /// So many sockets, as the plan has them.
    pub(crate) async fn gather(&self, count: usize) -> anyhow::Result<Swarm> {
        let swarm = Swarm::gather(self.address, self.tongue, &self.hello, count).await?;
        sleep(SETTLING).await;
        Ok(swarm)
    }

    /// What was spent by now.
    pub(crate) fn spent(&self) -> anyhow::Result<Spent> {
        Ok(Spent {
            server: seconds(&self.processes()?)?,
            redis: seconds(self.redis.as_slice())?,
            own: seconds(&[std::process::id()])?,
        })
    }

    /// The processes of the server itself.
    pub(crate) fn processes(&self) -> anyhow::Result<Vec<u32>> {
        Ok(match &self.server {
            Server::Hub(place) => vec![place.hub_process()?],
            Server::Peer(started) => family(started.program.id().context("the server ended")?),
        })
    }
}

/// The same for all who do not make messages of their own: 200 bytes of JSON.
fn message(number: u32) -> [u8; MESSAGE_BYTES] {
    const HEAD: &str =
        r#"{"order":"0190f5d8-7b1c-7000-9000-3f1a2b4c5d6e","event":"CookStarted","mark":""#;
    const TAIL: &str = r#""}"#;
    let mut message = [b'.'; MESSAGE_BYTES];
    message[..HEAD.len()].copy_from_slice(HEAD.as_bytes());
    message[HEAD.len()..HEAD.len() + MARK.len()].copy_from_slice(MARK.as_bytes());
    let digits = HEAD.len() + MARK.len();
    put_digits(&mut message[digits..digits + crate::frames::DIGITS], number.into());
    message[MESSAGE_BYTES - TAIL.len()..].copy_from_slice(TAIL.as_bytes());
    message
}

/// The folder with the programs that are no part of the product.
fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/peers"))
}

/// Starts a program that ends with us.
pub(crate) fn start(command: &mut Command) -> anyhow::Result<Child> {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    let command = command.stdin(std::process::Stdio::null()).kill_on_drop(true);
    command.spawn().with_context(|| format!("{name} cannot be started; is it installed?"))
}

/// Waits until somebody listens.
async fn listens(program: &mut Child, address: SocketAddr) -> anyhow::Result<()> {
    let started = tokio::time::Instant::now();
    while tokio::net::TcpStream::connect(address).await.is_err() {
        if let Some(status) = program.try_wait()? {
            anyhow::bail!("it ended at once ({status})");
        }
        anyhow::ensure!(started.elapsed() < READY_MAX, "it does not listen after {READY_MAX:?}");
        sleep(LOOK_EVERY).await;
    }
    Ok(())
}

/// A Redis with nothing in it, and which process it is.
async fn own_redis() -> anyhow::Result<(PrivateRedis, u32)> {
    let redis = start_redis().await?;
    let id = redis_process(&redis).await?;
    Ok((redis, id))
}

async fn redis_process(redis: &PrivateRedis) -> anyhow::Result<u32> {
    let client = redis::Client::open(redis.url())?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let info: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await?;
    let id = info.lines().find_map(|line| line.strip_prefix("process_id:"));
    id.and_then(|id| id.trim().parse().ok()).context("Redis does not say which process it is")
}
