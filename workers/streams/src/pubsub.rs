//! Sharded Pub/Sub, on connections of its own. A message may be lost; a subscription may not, so
//! after any fault all of them are made anew, channel by channel.
//!
//! One connection follows the channels of one node; in a cluster of each partition, because that is
//! what moves as a whole.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, PushInfo, PushKind, RedisError, RedisResult, Value};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tracing::{Instrument, info_span};

use crate::Streams;
use crate::backoff::Backoff;

/// How long Redis may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(2);
/// How often a quiet connection is tried: one that died silently delivers nothing.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Pause before it is said again that a channel was joined, to somebody who has much to do.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// The channels somebody wants to hear. Dropping it ends the connections.
pub(crate) struct PubSub {
    /// By partition, as far as each has a connection of its own; else one for all.
    ears: Vec<(Arc<Wanted>, AbortHandle)>,
}

/// What is heard of a channel.
pub(crate) enum Heard<'a> {
    /// Its messages arrive from here on. Some may have been missed before.
    Joined(&'a str),
    /// This was published.
    Message(&'a str, Vec<u8>),
}

/// Says whether it could take what was heard: what it could not, it hears of by joining again. Must
/// not block.
type Hear = Arc<dyn Fn(Heard<'_>) -> bool + Send + Sync>;

struct Wanted {
    channels: Mutex<Channels>,
    changed: Notify,
    is_current: AtomicBool,
}

#[derive(Default)]
struct Channels {
    wanted: HashSet<String>,
    /// Those that came or went since the subscriptions were last brought up to date.
    changed: HashSet<String>,
}

impl PubSub {
    /// Begins with no channel; `what` they are about stands in the log.
    pub(crate) fn open(
        streams: &Streams,
        what: &'static str,
        hear: impl Fn(Heard<'_>) -> bool + Send + Sync + 'static,
    ) -> PubSub {
        let hear: Hear = Arc::new(hear);
        let ear = |partitions: Vec<u16>| {
            let partition = partitions.first().copied().unwrap_or(0);
            let wanted = Arc::new(Wanted::nothing());
            let following =
                follow_for_ever(streams.clone(), partition, wanted.clone(), hear.clone());
            let span = info_span!("pubsub", what, partition);
            (wanted, tokio::spawn(following.instrument(span)).abort_handle())
        };
        PubSub { ears: streams.groups().into_iter().map(ear).collect() }
    }

    /// Wants to hear `channel`, which lives in `partition`, from now until [`PubSub::leave`],
    /// through every fault.
    pub(crate) fn join(&self, partition: u16, channel: String) {
        self.wanted(partition).change(channel, true);
    }

    /// Wants to hear `channel` no more.
    pub(crate) fn leave(&self, partition: u16, channel: String) {
        self.wanted(partition).change(channel, false);
    }

    /// Whether, as far as is known, every message of the wanted channels arrives.
    pub(crate) fn is_current(&self) -> bool {
        self.ears.iter().all(|(wanted, _)| wanted.is_current.load(Ordering::Acquire))
    }

    fn wanted(&self, partition: u16) -> &Wanted {
        &self.ears[usize::from(partition) % self.ears.len()].0
    }
}

impl Drop for PubSub {
    fn drop(&mut self) {
        self.ears.iter().for_each(|(_, following)| following.abort());
    }
}

impl Wanted {
    fn nothing() -> Wanted {
        let (channels, changed) = (Mutex::default(), Notify::new());
        Wanted { channels, changed, is_current: AtomicBool::new(true) }
    }

    /// Waits until there is something to hear: nobody needs a connection for nothing.
    async fn something(&self) {
        while self.lock().wanted.is_empty() {
            self.is_current.store(true, Ordering::Release);
            self.changed.notified().await;
        }
    }

    fn change(&self, channel: String, is_wanted: bool) {
        let mut channels = self.lock();
        let is_change = match is_wanted {
            true => channels.wanted.insert(channel.clone()),
            false => channels.wanted.remove(&channel),
        };
        if is_change {
            channels.changed.insert(channel);
            self.is_current.store(false, Ordering::Release);
            self.changed.notify_one();
        }
    }

    /// A subscription has ended that nobody here has ended: makes it anew, if it is wanted.
    fn again(&self, channel: String) {
        let mut channels = self.lock();
        if channels.wanted.contains(&channel) {
            channels.changed.insert(channel);
            self.is_current.store(false, Ordering::Release);
            self.changed.notify_one();
        }
    }

    /// Every channel, for a fresh connection.
    fn all(&self) -> Vec<(String, bool)> {
        let mut channels = self.lock();
        channels.changed.clear();
        channels.wanted.iter().map(|channel| (channel.clone(), true)).collect()
    }

    /// Which came or went since this was last asked, and whether they are wanted.
    fn changes(&self) -> Vec<(String, bool)> {
        let mut channels = self.lock();
        let changed = std::mem::take(&mut channels.changed);
        let is_wanted = |channel: &String| channels.wanted.contains(channel);
        changed.into_iter().map(|it| (it.clone(), is_wanted(&it))).collect()
    }

    /// Notes that all changes that were handed out have been made.
    fn is_done(&self) {
        let channels = self.lock();
        self.is_current.store(channels.changed.is_empty(), Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Channels> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn follow_for_ever(streams: Streams, partition: u16, wanted: Arc<Wanted>, hear: Hear) {
    let mut backoff = Backoff::default();
    loop {
        wanted.something().await;
        let error = follow(&streams, partition, &wanted, &hear, &mut backoff).await;
        wanted.is_current.store(false, Ordering::Release);
        streams.lost(&error);
        backoff.failed("lost the connection for messages, subscribing anew", &error).await;
    }
}

/// Follows on one connection until it breaks.
async fn follow(
    streams: &Streams,
    partition: u16,
    wanted: &Arc<Wanted>,
    hear: &Hear,
    backoff: &mut Backoff,
) -> RedisError {
    let lost = Arc::new(Notify::new());
    let ear = Ear { wanted: wanted.clone(), hear: hear.clone(), lost: lost.clone() };
    let mut connection = match connect(streams, partition, ear).await {
        Ok(connection) => connection,
        Err(error) => return error,
    };
    let mut changes = wanted.all();
    loop {
        for (channel, is_wanted) in changes {
            if let Err(error) = subscribe(&mut connection, &channel, is_wanted).await {
                return error;
            }
            while is_wanted && !hear(Heard::Joined(&channel)) {
                tokio::time::sleep(BUSY_PAUSE).await;
            }
        }
        wanted.is_done();
        backoff.succeeded("messages arrive again");
        tokio::select! {
            () = wanted.changed.notified() => (),
            () = lost.notified() => return broken(ErrorKind::ConnectionReset),
            () = tokio::time::sleep(HEARTBEAT) => {
                if let Err(error) = redis::cmd("PING").query_async::<()>(&mut connection).await {
                    return error;
                }
            }
        }
        changes = wanted.changes();
    }
}

async fn connect(
    streams: &Streams,
    partition: u16,
    ear: Ear,
) -> RedisResult<MultiplexedConnection> {
    let take = move |push: PushInfo| -> Result<(), ()> {
        ear.take(push);
        Ok(())
    };
    let config =
        AsyncConnectionConfig::new().set_response_timeout(Some(ANSWER_MAX)).set_push_sender(take);
    streams.own_connection(partition, config).await
}

// One channel at a time: several at once fail together as soon as one of them lives elsewhere.
async fn subscribe(
    connection: &mut MultiplexedConnection,
    channel: &str,
    is_wanted: bool,
) -> RedisResult<()> {
    let verb = match is_wanted {
        true => "SSUBSCRIBE",
        false => "SUNSUBSCRIBE",
    };
    redis::cmd(verb).arg(channel).query_async(connection).await
}

/// Takes what one connection says by itself.
struct Ear {
    wanted: Arc<Wanted>,
    hear: Hear,
    lost: Arc<Notify>,
}

impl Ear {
    fn take(&self, push: PushInfo) {
        let mut data = push.data.into_iter();
        match (push.kind, data.next().and_then(bytes), data.next().and_then(bytes)) {
            (PushKind::Disconnection, ..) => self.lost.notify_one(),
            (PushKind::SMessage, Some(channel), Some(payload)) => {
                let Ok(channel) = str::from_utf8(&channel) else { return };
                if !(self.hear)(Heard::Message(channel, payload)) {
                    self.lost.notify_one();
                }
            }
            // Redis ends one by itself where the slot of its channel moves to another node.
            (PushKind::SUnsubscribe, Some(channel), _) => {
                if let Ok(channel) = String::from_utf8(channel) {
                    self.wanted.again(channel);
                }
            }
            _ => (),
        }
    }
}

fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        _ => None,
    }
}

fn broken(how: ErrorKind) -> RedisError {
    std::io::Error::from(how).into()
}
