//! All nodes of Redis, and which of them has which slot. One node without a cluster has them all.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::join_all;
use redis::{ErrorKind, RedisError, RedisResult, Value};
use tokio::sync::{Notify, watch};

use crate::address::Address;
use crate::durability::Durability;
use crate::keys::SLOTS;
use crate::node::{MAP_MAX, Node};
use crate::slots::shares;

/// Pause between two readings of the map: during a failover everybody doubts it.
const READ_PAUSE: Duration = Duration::from_millis(50);

/// Pause between two renewals of the connections to the only node, which everybody uses.
const RENEW_PAUSE: Duration = Duration::from_millis(500);

/// Most nodes without slots that are remembered; more are never made at a time.
const NEW_MAX: usize = 16;

/// All nodes.
pub(crate) struct Nodes {
    address: Address,
    durability: Durability,
    map: RwLock<Arc<Map>>,
    /// Nodes without slots, to which a first one is on its way.
    new: Mutex<HashMap<String, Arc<Node>>>,
    /// Somebody has learned that the map is wrong.
    doubt: Notify,
    /// Counts how often it has been read.
    read: watch::Sender<u64>,
}

/// Who has what.
#[derive(Default)]
struct Map {
    shares: Vec<(RangeInclusive<u16>, Arc<Node>)>,
    nodes: HashMap<String, Arc<Node>>,
}

impl Nodes {
    /// Finds the nodes.
    pub(crate) async fn open(address: Address, durability: Durability) -> RedisResult<Nodes> {
        let (map, new) = (RwLock::default(), Mutex::default());
        let (doubt, read) = (Notify::new(), watch::Sender::new(0));
        let nodes = Nodes { address, durability, map, new, doubt, read };
        match nodes.is_cluster() {
            true => nodes.read_map().await?,
            false => nodes.renew()?,
        }
        Ok(nodes)
    }

    pub(crate) fn is_cluster(&self) -> bool {
        self.address.is_cluster()
    }

    /// Who has a slot, if anybody.
    pub(crate) fn of(&self, slot: u16) -> RedisResult<Arc<Node>> {
        let map = self.map();
        let place = map.shares.partition_point(|(slots, _)| *slots.end() < slot);
        let share = map.shares.get(place).filter(|(slots, _)| slots.contains(&slot));
        share.map(|(_, node)| node.clone()).ok_or_else(nobody)
    }

    /// The node at `host:port`, to which another one has sent us.
    pub(crate) fn at(&self, name: &str) -> RedisResult<Arc<Node>> {
        if let Some(node) = self.map().nodes.get(name) {
            return Ok(node.clone());
        }
        let mut new = self.new.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(node) = new.get(name) {
            return Ok(node.clone());
        }
        if new.len() >= NEW_MAX {
            new.clear();
        }
        let node = Node::new(&self.address, name, self.durability)?;
        new.insert(name.to_owned(), node.clone());
        Ok(node)
    }

    /// Every node that has slots.
    pub(crate) fn all(&self) -> Vec<Arc<Node>> {
        self.map().nodes.values().cloned().collect()
    }

    /// Has the map read again. Returns at once.
    pub(crate) fn doubt(&self) {
        self.doubt.notify_one();
    }

    /// Has the map read again, and waits until it was, or could not be.
    pub(crate) async fn look_again(&self) {
        let mut read = self.read.subscribe();
        self.doubt();
        _ = tokio::time::timeout(MAP_MAX * 2, read.changed()).await;
    }

    /// Waits until somebody doubts the map, and reads it again; not too often.
    pub(crate) async fn watch(&self) {
        self.doubt.notified().await;
        let found = match self.is_cluster() {
            true => self.read_map().await,
            false => self.renew(),
        };
        if let Err(error) = found {
            tracing::debug!(%error, "nobody says who has which slot");
        }
        self.read.send_modify(|count| *count += 1);
        tokio::time::sleep(if self.is_cluster() { READ_PAUSE } else { RENEW_PAUSE }).await;
    }

    /// Tries the connections to all nodes.
    ///
    /// # Errors
    /// Of the nodes, the first that did not answer.
    pub(crate) async fn beat(&self) -> RedisResult<()> {
        let nodes = self.all();
        let beaten = join_all(nodes.iter().map(|node| node.beat())).await;
        beaten.into_iter().collect()
    }

    /// Asks the nodes that have slots, and if none of them answers those that were named.
    async fn read_map(&self) -> RedisResult<()> {
        if self.read_map_of(self.all()).await.is_ok() {
            return Ok(());
        }
        let named = self.address.named().iter();
        let named = named.map(|name| Node::new(&self.address, name, Durability::Local));
        self.read_map_of(named.collect::<RedisResult<_>>()?).await
    }

    /// Asks all of these at once and believes whoever knows the latest: one that was cut off from
    /// the others answers as well, and does not know what has changed.
    async fn read_map_of(&self, asked: Vec<Arc<Node>>) -> RedisResult<()> {
        let told = join_all(asked.iter().map(|node| node.told())).await;
        let mut latest: RedisResult<(u64, Value, &Node)> = Err(nobody());
        for (node, told) in asked.iter().zip(told) {
            latest = match (latest, told) {
                (Ok(latest), Ok((epoch, _))) if epoch <= latest.0 => Ok(latest),
                (_, Ok((epoch, map))) => Ok((epoch, map, node)),
                (Ok(latest), Err(_)) => Ok(latest),
                (Err(_), Err(error)) => Err(error),
            };
        }
        let (_, map, by) = latest?;
        let host = by.name.rsplit_once(':').map_or(by.name.as_str(), |(host, _)| host);
        let (old, mut map_now) = (self.map(), Map::default());
        for share in shares(map, host)? {
            let known = map_now.nodes.get(&share.node).or_else(|| old.nodes.get(&share.node));
            let node = match known {
                Some(node) => node.clone(),
                None => self.at(&share.node)?,
            };
            map_now.nodes.insert(share.node, node.clone());
            map_now.shares.push((share.slots, node));
        }
        if map_now.shares.is_empty() {
            return Err(nobody());
        }
        let mut new = self.new.lock().unwrap_or_else(PoisonError::into_inner);
        new.retain(|name, _| !map_now.nodes.contains_key(name));
        drop(new);
        self.replace(map_now);
        Ok(())
    }

    /// The only node, on new connections: its name may lead elsewhere by now.
    fn renew(&self) -> RedisResult<()> {
        let Some(name) = self.address.named().first() else { return Err(nobody()) };
        let node = Node::new(&self.address, name, self.durability)?;
        let shares = vec![(0..=SLOTS - 1, node.clone())];
        self.replace(Map { shares, nodes: [(name.clone(), node)].into() });
        Ok(())
    }

    fn map(&self) -> Arc<Map> {
        self.map.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, map: Map) {
        *self.map.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(map);
    }
}

fn nobody() -> RedisError {
    (ErrorKind::ClusterConnectionNotFound, "no node has the slot").into()
}
