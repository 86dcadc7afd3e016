//! Sends a call to the node that has its slot, and follows it to where the slot goes.
//!
//! A call that was certainly not carried out, because the slot is elsewhere or for a moment
//! nowhere, is sent again; one that may have been never is. Knows nothing of what is called.

use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::{Histogram, Unit, describe_histogram, histogram};
use redis::aio::ConnectionLike;
use redis::{Cmd, FromRedisValue, Pipeline, RedisResult, ScriptInvocation};

use crate::Durability;
use crate::link::Link;
use crate::node::Node;
use crate::nodes::Nodes;
use crate::redirect::Redirect;

/// How long an answer may take, from the sending.
pub(crate) const RESPONSE_MAX: Duration = Duration::from_secs(2);

/// How long a connection may take to stand.
pub(crate) const CONNECT_MAX: Duration = Duration::from_secs(1);

/// How long a call may take in all: waiting for a connection, and for the answer.
pub(crate) const CALL_MAX: Duration = Duration::from_secs(4);

// Or a call would be given up while its answer may still come.
const _: () = assert!(CALL_MAX.as_millis() > RESPONSE_MAX.as_millis() + CONNECT_MAX.as_millis());

// Or a batch that waits for its replicas would look like a node that does not answer.
const _: () = assert!(RESPONSE_MAX.as_millis() >= 2 * Durability::WAIT_MAX.as_millis());

/// For how long a call is sent again that was not carried out: as long as it may last, less the
/// time for its last answer, because its caller is better told why than that it took too long.
const FOLLOWED_MAX: Duration = Duration::from_secs(3);

const _: () = assert!(FOLLOWED_MAX.as_millis() < CALL_MAX.as_millis());

/// The pause before a call is sent again for the second time. It doubles.
const PAUSE_MIN: Duration = Duration::from_millis(10);

/// The longest such pause: a slot with much in it is on its way for seconds.
const PAUSE_MAX: Duration = Duration::from_millis(160);

/// Sends calls to all nodes.
pub(crate) struct Calls {
    pub(crate) nodes: Arc<Nodes>,
    trips: Trips,
}

/// How long answers take, by what was asked. What blocks for news is not counted.
struct Trips {
    command: Histogram,
    pipeline: Histogram,
    script: Histogram,
}

/// What is sent.
pub(crate) enum Call<'a> {
    Command(&'a Cmd),
    /// Sent again from its beginning if it was carried out in part, so everything in it has to be
    /// as good twice.
    Pipeline(&'a Pipeline),
    Script(&'a ScriptInvocation<'a>),
    /// One that counts only once replicas have it, if they are to.
    Commit(&'a ScriptInvocation<'a>),
}

impl Calls {
    pub(crate) fn to(nodes: Nodes) -> Calls {
        Calls { nodes: Arc::new(nodes), trips: Trips::new() }
    }

    /// Makes a call, and notes how long it took if it was answered.
    pub(crate) async fn send<T: FromRedisValue>(
        &self,
        slot: u16,
        call: &Call<'_>,
    ) -> RedisResult<T> {
        let started = Instant::now();
        let answer = in_time(CALL_MAX, self.follow(slot, call)).await;
        match &answer {
            Ok(_) => self.trips.of(call).record(started.elapsed()),
            Err(error) if error.is_io_error() && self.nodes.is_cluster() => self.nodes.doubt(),
            Err(_) => (),
        }
        answer
    }

    /// Sends a call to where its slot is, as long as it was certainly not carried out.
    async fn follow<T: FromRedisValue>(&self, slot: u16, call: &Call<'_>) -> RedisResult<T> {
        let nodes = &self.nodes;
        let give_up_at = Instant::now() + FOLLOWED_MAX;
        let mut pause = Duration::ZERO;
        let mut asked = None;
        loop {
            let is_asking = asked.is_some();
            let error = match asked.take().map_or_else(|| nodes.of(slot), Ok) {
                Ok(node) => match call.send(&node, slot, is_asking).await {
                    Ok(answer) => return Ok(answer),
                    Err(error) => error,
                },
                Err(error) => error,
            };
            let redirect = Redirect::of(&error);
            if redirect.is_none() || Instant::now() > give_up_at {
                return Err(error);
            }
            match redirect {
                // A node alone has no others to send us to.
                Some(Redirect::Moved | Redirect::Ask(_)) if !nodes.is_cluster() => {
                    return Err(error);
                }
                Some(Redirect::Ask(name)) => {
                    asked = Some(nodes.at(&name)?);
                    continue;
                }
                Some(Redirect::Later) if !nodes.is_cluster() => (),
                _ => nodes.look_again().await,
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).clamp(PAUSE_MIN, PAUSE_MAX);
        }
    }
}

impl Call<'_> {
    async fn send<T: FromRedisValue>(
        &self,
        node: &Node,
        slot: u16,
        is_asking: bool,
    ) -> RedisResult<T> {
        match (self, &node.commits) {
            (Call::Commit(_), Some(commits)) => {
                self.send_on(&mut Link { connection: commits.clone(), is_asking }).await
            }
            _ => self.send_on(&mut Link { connection: node.shared(slot), is_asking }).await,
        }
    }

    async fn send_on<T: FromRedisValue>(
        &self,
        connection: &mut (impl ConnectionLike + Send),
    ) -> RedisResult<T> {
        match self {
            Call::Command(command) => command.query_async(connection).await,
            Call::Pipeline(commands) => commands.query_async(connection).await,
            Call::Script(script) | Call::Commit(script) => script.invoke_async(connection).await,
        }
    }
}

impl Trips {
    fn new() -> Trips {
        let name = "redis_latency_seconds";
        describe_histogram!(name, Unit::Seconds, "From a call to Redis to its answer, by kind.");
        let of = |kind: &'static str| histogram!(name, "call" => kind);
        Trips { command: of("command"), pipeline: of("pipeline"), script: of("script") }
    }

    fn of(&self, call: &Call<'_>) -> &Histogram {
        match call {
            Call::Command(_) => &self.command,
            Call::Pipeline(_) => &self.pipeline,
            Call::Script(_) | Call::Commit(_) => &self.script,
        }
    }
}

/// Gives a call up after `limit`: there have been connections that never came to be.
pub(crate) async fn in_time<T>(
    limit: Duration,
    call: impl Future<Output = RedisResult<T>>,
) -> RedisResult<T> {
    match tokio::time::timeout(limit, call).await {
        Ok(result) => result,
        Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
    }
}
