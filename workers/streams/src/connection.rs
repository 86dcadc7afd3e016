//! The way to Redis: which connection a call takes, how long it may last, and the check that the
//! data is ours. Knows nothing of orders.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use domain::{CustomerId, RiderId, StoreId};
use metrics::{Histogram, Unit, describe_histogram, histogram};
use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, IntoConnectionInfo, Pipeline,
    ProtocolVersion, RedisResult, ScriptInvocation,
};

use crate::keys::{Keys, META, PARTITIONS_MAX, SCHEMA_VERSION, TAGS_VERSION};
use crate::skew::{Skew, now_micros};
use crate::{Entry, Error};

/// Connections that everybody shares; two, because one is busy with one core's worth of parsing.
const CONNECTIONS: usize = 2;

/// How long an answer may take, from the sending.
const RESPONSE_MAX: Duration = Duration::from_secs(2);

/// How long a connection may take to stand.
const CONNECT_MAX: Duration = Duration::from_secs(1);

/// How long a call may take in all: waiting for a connection, and for the answer.
const CALL_MAX: Duration = Duration::from_secs(4);

// Or a call would be given up while its answer may still come.
const _: () = assert!(CALL_MAX.as_millis() > RESPONSE_MAX.as_millis() + CONNECT_MAX.as_millis());

/// After how long without an acknowledgement the kernel gives a connection up: a node that
/// vanished says nothing.
const SILENCE_MAX: Duration = Duration::from_secs(5);

/// How often each connection is tried. What stands again after an outage is found by this, and not
/// by somebody's command: a connection tells its next caller of the failure before it comes back.
const BEAT_EVERY: Duration = Duration::from_millis(500);

/// How often it is asked at the start what time it is: the quickest of some answers is believed.
const BEATS_AT_FIRST: usize = 4;

/// Calls that may wait to be sent.
const CALLS_WAITING_MAX: usize = 4_096;

/// Orders on Redis, and what is kept beside them. Cheap to clone.
#[derive(Clone)]
pub struct Streams(Arc<Shared>);

struct Shared {
    client: Client,
    connections: Vec<ConnectionManager>,
    keys: Keys,
    skew: Skew,
    trips: Trips,
}

/// How long answers take, by what was asked. What blocks for news is not counted.
struct Trips {
    command: Histogram,
    pipeline: Histogram,
    script: Histogram,
}

impl std::fmt::Debug for Streams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streams").field("partitions", &self.partitions()).finish_non_exhaustive()
    }
}

impl Streams {
    /// Connects, and makes sure that the data is of this many partitions.
    ///
    /// # Errors
    /// [`Error::Connect`] if there is no Redis there now; trying again is the caller's.
    /// [`Error::Partitions`] if the data was made with another number of them.
    pub async fn open(url: &str, partitions: u16) -> Result<Streams, Error> {
        if !(1..=PARTITIONS_MAX).contains(&partitions) {
            return Err(Error::Broken(format!("there can be 1 to {PARTITIONS_MAX} partitions")));
        }
        let client = client(url).map_err(Error::Connect)?;
        let mut connections = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            connections.push(shared_connection(&client).await.map_err(Error::Connect)?);
        }
        let keys = Keys::new(partitions);
        let (skew, trips) = (Skew::default(), Trips::new());
        let shared = Arc::new(Shared { client, connections, keys, skew, trips });
        for _ in 0..BEATS_AT_FIRST {
            shared.beat().await;
        }
        tokio::spawn(beat(Arc::downgrade(&shared)));
        let streams = Streams(shared);
        streams.check_meta().await?;
        Ok(streams)
    }

    /// How many partitions there are.
    pub fn partitions(&self) -> u16 {
        self.keys().partitions()
    }

    /// Where a store, its board and its orders live. Stable for ever.
    pub fn partition_of_store(&self, store: &StoreId) -> u16 {
        self.keys().partition_of_store(store)
    }

    /// Where what is kept for a customer lives, and whose feed has the news for them.
    pub fn home_of_customer(&self, customer: &CustomerId) -> u16 {
        self.keys().home_of_customer(customer)
    }

    /// Where what is kept for a rider lives, and whose feed has the news for them.
    pub fn home_of_rider(&self, rider: &RiderId) -> u16 {
        self.keys().home_of_rider(rider)
    }

    /// How long ago `entry` was appended. Wrong by half the quickest round trip to Redis of the
    /// last seconds at most, whatever the clocks of Redis and of this machine say.
    pub fn age(&self, entry: &Entry) -> Duration {
        let at = i64::try_from(entry.at.0).unwrap_or(i64::MAX / 1_000);
        let there = at.saturating_mul(1_000).saturating_add(i64::from(entry.micros));
        let here = there.saturating_sub(self.0.skew.ahead_micros());
        Duration::from_micros(u64::try_from(now_micros().saturating_sub(here)).unwrap_or(0))
    }

    /// Whether Redis answers.
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        self.ask(0, &redis::cmd("PING")).await.map_err(Error::reading("a ping"))
    }

    /// Names keys.
    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Runs a script on the node of `partition`. Sent once; whether it ran is unknown on failure.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        partition: u16,
        script: &ScriptInvocation<'_>,
    ) -> RedisResult<T> {
        let mut connection = self.connection(partition);
        timed(&self.0.trips.script, script.invoke_async(&mut connection)).await
    }

    /// Sends one command to the node of `partition`.
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        partition: u16,
        command: &Cmd,
    ) -> RedisResult<T> {
        let mut connection = self.connection(partition);
        timed(&self.0.trips.command, command.query_async(&mut connection)).await
    }

    /// Sends several commands to the node of `partition`, in one round trip.
    pub(crate) async fn ask_all<T: FromRedisValue>(
        &self,
        partition: u16,
        commands: &Pipeline,
    ) -> RedisResult<T> {
        let mut connection = self.connection(partition);
        timed(&self.0.trips.pipeline, commands.query_async(&mut connection)).await
    }

    /// A connection of the caller's own to the node of `partition`, for reads that block for up
    /// to `block`. It does not come back by itself.
    pub(crate) async fn blocking_connection(
        &self,
        _partition: u16,
        block: Duration,
    ) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_MAX))
            .set_response_timeout(Some(block + RESPONSE_MAX));
        let client = &self.0.client;
        in_time(CALL_MAX, client.get_multiplexed_async_connection_with_config(&config)).await
    }

    /// How a connection is made, for those who need another kind.
    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    /// The one place that knows which node has a partition: there is one.
    fn connection(&self, partition: u16) -> ConnectionManager {
        self.0.connections[usize::from(partition) % CONNECTIONS].clone()
    }

    /// Marks the data as made with these settings, or finds that it was made with others.
    async fn check_meta(&self) -> Result<(), Error> {
        let settings =
            [("partitions", self.partitions()), ("tags", TAGS_VERSION), ("schema", SCHEMA_VERSION)];
        let mut pipe = redis::pipe();
        for (field, value) in settings {
            pipe.cmd("HSETNX").arg(META).arg(field).arg(value).ignore();
        }
        pipe.cmd("HMGET").arg(META).arg(&settings.map(|(field, _)| field));
        let ((stored, tags, schema),): ((u16, u16, u16),) =
            self.ask_all(0, &pipe).await.map_err(Error::reading("the settings of the data"))?;
        if stored != self.partitions() {
            return Err(Error::Partitions { stored, asked: self.partitions() });
        }
        if (tags, schema) != (TAGS_VERSION, SCHEMA_VERSION) {
            return Err(Error::Broken(format!(
                "the data in Redis is of schema {schema} and tag table {tags}, \
                 and this program knows {SCHEMA_VERSION} and {TAGS_VERSION}"
            )));
        }
        Ok(())
    }
}

fn client(url: &str) -> RedisResult<Client> {
    let info = url.into_connection_info()?;
    let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    let tcp = TcpSettings::default().set_nodelay(true).set_user_timeout(SILENCE_MAX);
    Client::open(info.set_redis_settings(redis).set_tcp_settings(tcp))
}

/// A connection for short calls. It comes back by itself and sends nothing twice.
async fn shared_connection(client: &Client) -> RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(CONNECT_MAX))
        .set_response_timeout(Some(RESPONSE_MAX))
        .set_pipeline_buffer_size(CALLS_WAITING_MAX)
        // Few, and close together: callers are told soon, and their next call tries again.
        .set_number_of_retries(2)
        .set_min_delay(Duration::from_millis(50))
        .set_max_delay(Duration::from_millis(500));
    in_time(CALL_MAX, client.get_connection_manager_with_config(config)).await
}

/// Tries the connections as long as anybody has them.
async fn beat(shared: Weak<Shared>) {
    loop {
        tokio::time::sleep(BEAT_EVERY).await;
        let Some(shared) = shared.upgrade() else { return };
        shared.beat().await;
    }
}

impl Shared {
    /// Tries every connection once, by asking what time it is.
    async fn beat(&self) {
        for connection in &self.connections {
            let mut connection = connection.clone();
            let asked = now_micros();
            let answer: RedisResult<(i64, i64)> =
                in_time(RESPONSE_MAX, redis::cmd("TIME").query_async(&mut connection)).await;
            match answer {
                Ok((seconds, micros)) => {
                    self.skew.learn(asked, seconds * 1_000_000 + micros, now_micros());
                }
                Err(error) => tracing::debug!(%error, "a connection to Redis does not answer"),
            }
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
}

/// Makes a call, and notes how long it took if it was answered.
async fn timed<T>(trips: &Histogram, call: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    let started = Instant::now();
    let answer = in_time(CALL_MAX, call).await;
    if answer.is_ok() {
        trips.record(started.elapsed());
    }
    answer
}

/// Gives a call up after `limit`: there have been connections that never came to be.
async fn in_time<T>(limit: Duration, call: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    match tokio::time::timeout(limit, call).await {
        Ok(result) => result,
        Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
    }
}
