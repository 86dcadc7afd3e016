//! A Redis Cluster of one's own, for tests: three primaries with a replica each, on this machine.

use std::io;
use std::path::Path;
use std::time::Duration;

use futures_util::future::try_join_all;
use redis::{FromRedisValue, RedisResult, Value};
use tempfile::TempDir;
use tokio::process::Child;
use tokio::time::{Instant, sleep};

use crate::keys::SLOTS;
use crate::private_redis::{self, PORTS_MAX, free_port, send};
use crate::slots::shares;

/// Primaries; as many nodes again are their replicas.
const PRIMARIES: usize = 3;

/// How long anything may take to come true among the nodes.
const READY_MAX: Duration = Duration::from_secs(90);

/// Pause between looking whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// After how many milliseconds of silence a node counts as failed. No less: on a busy machine
/// nodes that are well are silent for seconds.
const NODE_TIMEOUT: &str = "5000";

/// Six servers that end with this process.
pub struct PrivateCluster {
    nodes: Vec<Node>,
}

struct Node {
    port: u16,
    bus: u16,
    id: String,
    /// Of redis-server itself: the child is the shell that watches it.
    pid: String,
    server: Option<Child>,
    dir: TempDir,
}

impl PrivateCluster {
    /// Starts the servers and makes them a cluster: node `i` of the first three has the `i`-th
    /// third of the slots, and node `i + 3` is its replica.
    ///
    /// # Errors
    /// If there is no redis-server on this machine, or it does not start, or the nodes do not come
    /// together.
    pub async fn start() -> io::Result<PrivateCluster> {
        let nodes = try_join_all((0..PRIMARIES * 2).map(|_| Node::start())).await?;
        let cluster = PrivateCluster { nodes };
        cluster.join().await.map_err(io::Error::other)?;
        Ok(cluster)
    }

    /// Where it is: all nodes.
    pub fn url(&self) -> String {
        let urls = self.nodes.iter().map(|node| format!("redis://127.0.0.1:{}", node.port));
        urls.collect::<Vec<_>>().join(",")
    }

    /// Kills a node.
    ///
    /// # Panics
    /// If it runs no more.
    pub async fn kill(&mut self, node: usize) {
        let mut server = self.nodes[node].server.take().expect("it runs");
        // Breaks the pipe, at which the watchdog kills the server.
        drop(server.stdin.take());
        server.wait().await.expect("it is a child of ours");
    }

    /// Starts a node that was killed, on its data and port.
    ///
    /// # Panics
    /// If it does not come back.
    pub async fn revive(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        let server = serve(node.port, node.bus, node.dir.path()).await;
        node.server = Some(server.expect("a server started here before"));
        node.pid = pid(node.port).await.expect("it answers");
    }

    /// Stops a node for a while without ending it, or lets it go on.
    ///
    /// # Panics
    /// If it does not run.
    pub async fn freeze(&self, node: usize, is_frozen: bool) {
        let signal = if is_frozen { "-STOP" } else { "-CONT" };
        let pid = &self.nodes[node].pid;
        let sent = tokio::process::Command::new("kill").args([signal, pid]).status().await;
        assert!(sent.is_ok_and(|it| it.success()), "{signal} cannot be sent");
    }

    /// The node that has a slot now, as all who are up agree.
    ///
    /// # Panics
    /// If they do not come to agree.
    pub async fn primary_of(&self, slot: u16) -> usize {
        self.until("all know who has a slot", async || {
            let mut known = Vec::new();
            for node in self.up() {
                known.push(self.owner(node, slot).await?);
            }
            known.dedup();
            (known.len() == 1).then(|| known[0])
        })
        .await
    }

    /// A replica of that node which is up.
    ///
    /// # Panics
    /// If there is none.
    pub async fn replica_of(&self, primary: usize) -> usize {
        let follows = async |node: usize| {
            let rows: String = self.ask(node, &["CLUSTER", "NODES"]).await.ok()?;
            let own = rows.lines().find(|row| row.contains("myself"))?;
            Some(own.contains("slave") && own.contains(&self.nodes[primary].id))
        };
        for node in self.up() {
            if node != primary && follows(node).await == Some(true) {
                return node;
            }
        }
        panic!("node {primary} has no replica");
    }

    /// Begins to move a slot: from now on its keys are in two places.
    ///
    /// # Panics
    /// If the nodes do not obey.
    pub async fn begin_move(&self, slot: u16, to: usize) {
        let from = self.primary_of(slot).await;
        let (slot, from_id, to_id) = (slot.to_string(), &self.nodes[from].id, &self.nodes[to].id);
        let importing = ["CLUSTER", "SETSLOT", &slot, "IMPORTING", from_id];
        self.ask::<()>(to, &importing).await.expect("it obeys");
        let migrating = ["CLUSTER", "SETSLOT", &slot, "MIGRATING", to_id];
        self.ask::<()>(from, &migrating).await.expect("it obeys");
    }

    /// Moves at most `max` keys of a slot whose move has begun. Whether there were any.
    ///
    /// # Panics
    /// If the nodes do not obey.
    pub async fn move_keys(&self, slot: u16, to: usize, max: usize) -> bool {
        let from = self.primary_of(slot).await;
        let wanted = ["CLUSTER", "GETKEYSINSLOT", &slot.to_string(), &max.to_string()];
        let keys: Vec<String> = self.ask(from, &wanted).await.expect("it obeys");
        if keys.is_empty() {
            return false;
        }
        let port = self.nodes[to].port.to_string();
        let mut words = vec!["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "KEYS"];
        words.extend(keys.iter().map(String::as_str));
        self.ask::<Value>(from, &words).await.expect("it obeys");
        true
    }

    /// Ends the move of a slot that has no keys any more.
    ///
    /// # Panics
    /// If the nodes do not obey.
    pub async fn end_move(&self, slot: u16, to: usize) {
        let from = self.primary_of(slot).await;
        let (text, id) = (slot.to_string(), &self.nodes[to].id);
        for node in [to, from] {
            let words = ["CLUSTER", "SETSLOT", &text, "NODE", id];
            self.ask::<()>(node, &words).await.expect("it obeys");
        }
        self.until("all know where a slot went", async || {
            (self.primary_of(slot).await == to).then_some(())
        })
        .await;
    }

    /// Moves a slot with all that is in it.
    ///
    /// # Panics
    /// If the nodes do not obey.
    pub async fn move_slot(&self, slot: u16, to: usize) {
        self.begin_move(slot, to).await;
        while self.move_keys(slot, to, 10).await {}
        self.end_move(slot, to).await;
    }

    /// Waits until every node that is up says that all is well, and every replica has what its
    /// primary has.
    ///
    /// # Panics
    /// If that does not come to be.
    pub async fn is_well(&self) {
        self.until("all is well", async || {
            for node in self.up() {
                let info: String = self.ask(node, &["CLUSTER", "INFO"]).await.ok()?;
                let role: String = self.ask(node, &["INFO", "replication"]).await.ok()?;
                let is_linked =
                    role.contains("role:master") || role.contains("master_link_status:up");
                (info.contains("cluster_state:ok") && is_linked).then_some(())?;
            }
            Some(())
        })
        .await;
    }

    /// Talks to one node.
    ///
    /// # Errors
    /// If it does not answer, or says no.
    pub async fn ask<T: FromRedisValue>(&self, node: usize, words: &[&str]) -> RedisResult<T> {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        send(self.nodes[node].port, &command).await
    }

    fn up(&self) -> impl Iterator<Item = usize> {
        (0..self.nodes.len()).filter(|node| self.nodes[*node].server.is_some())
    }

    /// The node that has a slot, as `node` knows it.
    async fn owner(&self, node: usize, slot: u16) -> Option<usize> {
        let map: Value = self.ask(node, &["CLUSTER", "SLOTS"]).await.ok()?;
        let shares = shares(map, "127.0.0.1").ok()?;
        let share = shares.into_iter().find(|share| share.slots.contains(&slot))?;
        self.nodes.iter().position(|it| share.node == format!("127.0.0.1:{}", it.port))
    }

    async fn join(&self) -> RedisResult<()> {
        for (place, node) in self.nodes.iter().enumerate() {
            let epoch = (place + 1).to_string();
            self.ask::<()>(place, &["CLUSTER", "SET-CONFIG-EPOCH", &epoch]).await?;
            if place < PRIMARIES {
                let share = |place: usize| place * usize::from(SLOTS) / PRIMARIES;
                let (first, last) = (share(place).to_string(), (share(place + 1) - 1).to_string());
                self.ask::<()>(place, &["CLUSTER", "ADDSLOTSRANGE", &first, &last]).await?;
            }
            let (port, bus) = (node.port.to_string(), node.bus.to_string());
            self.ask::<()>(0, &["CLUSTER", "MEET", "127.0.0.1", &port, &bus]).await?;
        }
        for replica in PRIMARIES..self.nodes.len() {
            let id = &self.nodes[replica - PRIMARIES].id;
            self.until("a replica knows its primary", async || {
                self.ask::<()>(replica, &["CLUSTER", "REPLICATE", id]).await.ok()
            })
            .await;
        }
        self.until("all nodes know each other", async || {
            for node in self.up() {
                let rows: Vec<Vec<Value>> = self.ask(node, &["CLUSTER", "SLOTS"]).await.ok()?;
                let have_replica = rows.iter().filter(|row| row.len() == 4).count();
                (have_replica == PRIMARIES).then_some(())?;
            }
            Some(())
        })
        .await;
        self.is_well().await;
        Ok(())
    }

    async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let give_up_at = Instant::now() + READY_MAX;
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(Instant::now() < give_up_at, "never: {what}");
            sleep(LOOK_EVERY).await;
        }
    }
}

impl Node {
    async fn start() -> io::Result<Node> {
        let dir = TempDir::with_prefix("private-cluster-")?;
        let mut tries = 0;
        let (port, bus, server) = loop {
            let (port, bus) = (free_port()?, free_port()?);
            match serve(port, bus, dir.path()).await {
                Ok(server) => break (port, bus, server),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < PORTS_MAX => {
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        };
        let id = send(port, redis::cmd("CLUSTER").arg("MYID")).await.map_err(io::Error::other)?;
        let pid = pid(port).await.map_err(io::Error::other)?;
        Ok(Node { port, bus, id, pid, server: Some(server), dir })
    }
}

async fn pid(port: u16) -> RedisResult<String> {
    let info: String = send(port, redis::cmd("INFO").arg("server")).await?;
    let pid = info.lines().find_map(|line| line.strip_prefix("process_id:"));
    Ok(pid.unwrap_or_default().trim().to_owned())
}

async fn serve(port: u16, bus: u16, dir: &Path) -> io::Result<Child> {
    let bus = bus.to_string();
    let cluster = ["--cluster-enabled", "yes", "--cluster-port", &bus];
    let quick = ["--cluster-node-timeout", NODE_TIMEOUT, "--repl-ping-replica-period", "1"];
    // However long a replica has been without its primary, it is better than none.
    let willing = ["--cluster-replica-validity-factor", "0"];
    private_redis::serve(port, dir, &[&cluster[..], &quick, &willing].concat()).await
}
