//! One node of Redis, and the connections to it that everybody shares.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client, RedisResult, Value};

use crate::address::Address;
use crate::calls::{CALL_MAX, CONNECT_MAX, RESPONSE_MAX, in_time};
use crate::commit::Commits;
use crate::durability::Durability;
use crate::skew::{Skew, now_micros};

/// Connections to a node that has everything: two, because one is busy with one core's worth of
/// parsing.
const CONNECTIONS_TO_ONE: usize = 2;

/// Calls that may wait to be sent on one connection.
const CALLS_WAITING_MAX: usize = 4_096;

/// How long a node may take to say who has which slot. One that hangs holds up the others' answer.
pub(crate) const MAP_MAX: Duration = Duration::from_millis(500);

/// One node: the connections that everybody shares.
pub(crate) struct Node {
    /// `host:port`.
    pub(crate) name: String,
    client: Client,
    shared: Vec<ConnectionManager>,
    /// Those that are tried from time to time: the shared ones, and that of `commits`.
    tried: Vec<ConnectionManager>,
    /// For changes that replicas have to have.
    pub(crate) commits: Option<Commits>,
    /// Every node has a clock of its own.
    pub(crate) skew: Skew,
}

impl Node {
    /// Connects with the first call.
    pub(crate) fn new(
        address: &Address,
        name: &str,
        durability: Durability,
    ) -> RedisResult<Arc<Node>> {
        let client = address.client(name)?;
        let count = if address.is_cluster() { 1 } else { CONNECTIONS_TO_ONE };
        let shared: Vec<_> = (0..count).map(|_| connection(&client)).collect::<RedisResult<_>>()?;
        let mut tried = shared.clone();
        let commits = match durability {
            Durability::Local | Durability::Engine => None,
            Durability::Wait { replicas, within } => {
                let own = connection(&client)?;
                tried.push(own.clone());
                Some(Commits::on(own, replicas, within))
            }
        };
        let (name, skew) = (name.to_owned(), Skew::default());
        Ok(Arc::new(Node { name, client, shared, tried, commits, skew }))
    }

    /// The connection for short calls about `slot`.
    pub(crate) fn shared(&self, slot: u16) -> ConnectionManager {
        self.shared[usize::from(slot) % self.shared.len()].clone()
    }

    /// A connection that nobody else has. It does not come back by itself.
    pub(crate) async fn own(
        &self,
        config: AsyncConnectionConfig,
    ) -> RedisResult<MultiplexedConnection> {
        let config = config.set_connection_timeout(Some(CONNECT_MAX));
        in_time(CALL_MAX, self.client.get_multiplexed_async_connection_with_config(&config)).await
    }

    /// Tries every connection once, by asking what time it is.
    ///
    /// # Errors
    /// Of the connections, the last that failed.
    pub(crate) async fn beat(&self) -> RedisResult<()> {
        let mut beaten = Ok(());
        for connection in &self.tried {
            let mut connection = connection.clone();
            let asked = now_micros();
            let answer: RedisResult<(i64, i64)> =
                in_time(CALL_MAX, redis::cmd("TIME").query_async(&mut connection)).await;
            match answer {
                Ok((seconds, micros)) => {
                    self.skew.learn(asked, seconds * 1_000_000 + micros, now_micros());
                }
                Err(error) => beaten = Err(error),
            }
        }
        beaten
    }

    /// Who has which slot, as this node knows it, and the epoch of the cluster in which it knows.
    pub(crate) async fn told(&self) -> RedisResult<(u64, Value)> {
        let mut pipe = redis::pipe();
        pipe.cmd("CLUSTER").arg("INFO").cmd("CLUSTER").arg("SLOTS");
        let mut connection = self.shared(0);
        let (info, map): (String, Value) =
            in_time(MAP_MAX, pipe.query_async(&mut connection)).await?;
        let epoch = info.lines().find_map(|line| line.strip_prefix("cluster_current_epoch:"));
        Ok((epoch.and_then(|epoch| epoch.trim().parse().ok()).unwrap_or(0), map))
    }
}

/// A connection for short calls. It comes back by itself and sends nothing twice.
fn connection(client: &Client) -> RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(CONNECT_MAX))
        .set_response_timeout(Some(RESPONSE_MAX))
        .set_pipeline_buffer_size(CALLS_WAITING_MAX)
        // Few, and close together: callers are told soon, and their next call tries again.
        .set_number_of_retries(2)
        .set_min_delay(Duration::from_millis(50))
        .set_max_delay(Duration::from_millis(500));
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}
