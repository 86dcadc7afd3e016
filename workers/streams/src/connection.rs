//! The way to Redis: which connection a call takes, what its answer is worth, and the check that
//! the data is ours. Knows nothing of orders.

use std::sync::{Arc, Weak};
use std::time::Duration;

use domain::{CustomerId, RiderId, StoreId, Timestamp};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Cmd, FromRedisValue, Pipeline, RedisError, RedisResult, ScriptInvocation,
};

use crate::address::Address;
use crate::calls::{Call, Calls, RESPONSE_MAX};
use crate::keys::{Keys, META, PARTITIONS_MAX, SCHEMA_VERSION, TAGS_VERSION, slot};
use crate::link::Link;
use crate::nodes::Nodes;
use crate::redirect::{Redirect, is_of_the_node};
use crate::skew::now_micros;
use crate::{Durability, Entry, Error, RedisSettings};

/// How often each connection is tried. What stands again after an outage is found by this, and not
/// by somebody's command: a connection tells its next caller of the failure before it comes back.
const BEAT_EVERY: Duration = Duration::from_millis(500);

/// How often it is asked at the start what time it is: the quickest of some answers is believed.
const BEATS_AT_FIRST: usize = 4;

/// Orders on Redis, and what is kept beside them. Cheap to clone.
#[derive(Clone)]
pub struct Streams(Arc<Shared>);

struct Shared {
    calls: Calls,
    durability: Durability,
    keys: Keys,
}

impl std::fmt::Debug for Streams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streams").field("partitions", &self.partitions()).finish_non_exhaustive()
    }
}

impl Streams {
    /// Connects in the usual way, and makes sure that the data is of this many partitions. Several
    /// nodes in `url`, with commas between them, are a cluster.
    ///
    /// # Errors
    /// [`Error::Connect`] if there is no Redis there now; trying again is the caller's.
    /// [`Error::Broken`] if `url` is no address.
    /// [`Error::Partitions`] if the data was made with another number of them.
    pub async fn open(url: &str, partitions: u16) -> Result<Streams, Error> {
        Streams::open_with(url, partitions, &RedisSettings::default()).await
    }

    /// As [`Streams::open`], in the way that these settings say.
    ///
    /// # Errors
    /// As there.
    pub async fn open_with(
        url: &str,
        partitions: u16,
        settings: &RedisSettings,
    ) -> Result<Streams, Error> {
        if !(1..=PARTITIONS_MAX).contains(&partitions) {
            return Err(Error::Broken(format!("there can be 1 to {PARTITIONS_MAX} partitions")));
        }
        let durability = settings.durability;
        let unfit = |error| Error::Broken(format!("REDIS_URL or REDIS_CA is unfit: {error}"));
        let address = Address::parse(url, settings.redis_ca.as_deref()).map_err(unfit)?;
        let nodes = Nodes::open(address, durability).await.map_err(Error::Connect)?;
        for _ in 0..BEATS_AT_FIRST {
            let beaten = nodes.beat().await;
            if !nodes.is_cluster() {
                beaten.map_err(Error::Connect)?;
            }
        }
        let (calls, keys) = (Calls::to(nodes), Keys::new(partitions));
        let streams = Streams(Arc::new(Shared { calls, durability, keys }));
        tokio::spawn(beat_for_ever(Arc::downgrade(&streams.0)));
        tokio::spawn(watch(Arc::downgrade(&streams.0)));
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

    /// Now, by the clock of Redis, by which everything is dated: wrong by half the quickest round
    /// trip of the last seconds, whatever the clock of this machine says. Of many nodes, by one.
    pub fn reckoned_now(&self) -> Timestamp {
        let there = now_micros().saturating_add(self.ahead_micros(0));
        Timestamp(u64::try_from(there / 1_000).unwrap_or(0))
    }

    /// How long ago `entry` was appended. Wrong by half the quickest round trip to Redis of the
    /// last seconds at most, whatever the clocks of Redis and of this machine say.
    pub fn age(&self, entry: &Entry) -> Duration {
        let at = i64::try_from(entry.at.0).unwrap_or(i64::MAX / 1_000);
        let there = at.saturating_mul(1_000).saturating_add(i64::from(entry.micros));
        let here = there.saturating_sub(self.ahead_micros(entry.position.partition));
        Duration::from_micros(u64::try_from(now_micros().saturating_sub(here)).unwrap_or(0))
    }

    /// How much the node of `partition` is ahead of us; 0 while nobody knows.
    fn ahead_micros(&self, partition: u16) -> i64 {
        let node = self.0.calls.nodes.of(self.keys().slot(partition));
        node.map_or(0, |node| node.skew.ahead_micros())
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

    /// Runs a script on the node of `partition`. Whether it ran is unknown on failure.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        partition: u16,
        script: &ScriptInvocation<'_>,
    ) -> RedisResult<T> {
        self.0.calls.send(self.keys().slot(partition), &Call::Script(script)).await
    }

    /// As [`Streams::run`], for what must not be lost once it was answered: the answer means what
    /// the setting for durability says. With too few replicas it is unknown whether it lasts.
    pub(crate) async fn commit<T: FromRedisValue>(
        &self,
        partition: u16,
        script: &ScriptInvocation<'_>,
    ) -> RedisResult<T> {
        self.0.calls.send(self.keys().slot(partition), &Call::Commit(script)).await
    }

    /// Whether an acknowledgement is worth more than what was read.
    pub(crate) fn waits_for_replicas(&self) -> bool {
        matches!(self.0.durability, Durability::Wait { .. })
    }

    /// Sends one command to the node of `partition`.
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        partition: u16,
        command: &Cmd,
    ) -> RedisResult<T> {
        self.0.calls.send(self.keys().slot(partition), &Call::Command(command)).await
    }

    /// Sends several commands to the node of `partition`, in one round trip. All of them may be
    /// carried out twice.
    pub(crate) async fn ask_all<T: FromRedisValue>(
        &self,
        partition: u16,
        commands: &Pipeline,
    ) -> RedisResult<T> {
        self.0.calls.send(self.keys().slot(partition), &Call::Pipeline(commands)).await
    }

    /// A connection of the caller's own to the node of `partition`, for reads that block for up
    /// to `block`; or to the node that another one named in `asked`. It does not come back by
    /// itself.
    pub(crate) async fn blocking_connection(
        &self,
        partition: u16,
        block: Duration,
        asked: Option<&str>,
    ) -> RedisResult<Link<MultiplexedConnection>> {
        let node = match asked {
            Some(name) => self.0.calls.nodes.at(name)?,
            None => self.0.calls.nodes.of(self.keys().slot(partition))?,
        };
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(block + RESPONSE_MAX));
        Ok(Link { connection: node.own(config).await?, is_asking: asked.is_some() })
    }

    /// A connection of the caller's own to the node of `partition`, of a kind that the caller
    /// chooses. It does not come back by itself.
    pub(crate) async fn own_connection(
        &self,
        partition: u16,
        config: AsyncConnectionConfig,
    ) -> RedisResult<MultiplexedConnection> {
        self.0.calls.nodes.of(self.keys().slot(partition))?.own(config).await
    }

    /// Notes what went wrong on a connection of one's own, and says whether another node was named
    /// to ask. The next connection may be to another node.
    pub(crate) fn lost(&self, error: &RedisError) -> Option<String> {
        let nodes = &self.0.calls.nodes;
        match Redirect::of(error) {
            Some(Redirect::Ask(name)) => return Some(name),
            Some(Redirect::Demoted) => nodes.doubt(),
            _ if nodes.is_cluster() && is_of_the_node(error) => nodes.doubt(),
            _ => (),
        }
        None
    }

    /// The partitions, in so many groups as one call can read at once: all of them, or in a
    /// cluster each by itself.
    pub(crate) fn groups(&self) -> Vec<Vec<u16>> {
        let all = 0..self.partitions();
        match self.0.calls.nodes.is_cluster() {
            true => all.map(|partition| vec![partition]).collect(),
            false => vec![all.collect()],
        }
    }

    /// The slot of a partition, for tests that move it.
    #[cfg(feature = "private-redis")]
    pub fn slot(&self, partition: u16) -> u16 {
        self.keys().slot(partition)
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
        let ((stored, tags, schema),): ((u16, u16, u16),) = self
            .0
            .calls
            .send(slot(META), &Call::Pipeline(&pipe))
            .await
            .map_err(Error::reading("the settings of the data"))?;
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

/// Tries the connections as long as anybody has them.
async fn beat_for_ever(shared: Weak<Shared>) {
    loop {
        tokio::time::sleep(BEAT_EVERY).await;
        let Some(shared) = shared.upgrade() else { return };
        if let Err(error) = shared.calls.nodes.beat().await {
            tracing::debug!(%error, "a connection to Redis does not answer");
            if shared.calls.nodes.is_cluster() {
                shared.calls.nodes.doubt();
            }
        }
    }
}

/// Keeps knowing who has which slot, as long as anybody asks.
async fn watch(shared: Weak<Shared>) {
    let Some(nodes) = shared.upgrade().map(|shared| shared.calls.nodes.clone()) else { return };
    while shared.strong_count() > 0 {
        nodes.watch().await;
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // Wakes `watch`, which finds that nobody asks any more.
        self.calls.nodes.doubt();
    }
}
