//! What can be done to a cluster of Redis: its nodes die, take over, and hand on what they have.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, ensure};
use streams::PrivateCluster;
use tokio::time::{Instant, sleep};

use crate::loss::{self, Loss};
use crate::records::now;
use crate::redis_server::{ask, connect, end_epochs, keys};
use crate::stage::Stage;

/// For how long before a replica takes over it may lack what others have seen, in ms.
const LAG_MAX_MS: u64 = 2_000;
/// How long the others take at most to miss a node and choose another, on a busy machine.
const MISSED_WITHIN: Duration = Duration::from_secs(60);
/// Between two looks whether they have.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A primary is killed, its replica takes over, and it comes back as a replica.
pub(crate) async fn kill_node(stage: &Stage, shard: usize) -> anyhow::Result<()> {
    let mut cluster = stage.cluster().await?;
    let from = now();
    let slot = slot(shard);
    let primary = cluster.primary_of(slot).await;
    let heir = cluster.replica_of(primary).await;
    let epochs = end_epochs(stage, &url(&cluster, primary)?).await?;
    cluster.kill(primary).await;
    let to = now();
    let give_up_at = Instant::now() + MISSED_WITHIN;
    while !is_primary(&cluster, heir).await && Instant::now() < give_up_at {
        sleep(LOOK_EVERY).await;
    }
    note_loss(stage, from, to, epochs);
    cluster.revive(primary).await;
    cluster.is_well().await;
    Ok(())
}

/// A replica takes over without asking its primary.
pub(crate) async fn take_over(stage: &Stage, shard: usize) -> anyhow::Result<()> {
    let cluster = stage.cluster().await?;
    let from = now();
    let primary = cluster.primary_of(slot(shard)).await;
    let replica = cluster.replica_of(primary).await;
    let epochs = end_epochs(stage, &url(&cluster, primary)?).await?;
    let to = now();
    cluster.ask::<()>(replica, &["CLUSTER", "FAILOVER", "TAKEOVER"]).await?;
    let give_up_at = Instant::now() + MISSED_WITHIN;
    while !is_primary(&cluster, replica).await {
        ensure!(Instant::now() < give_up_at, "node {replica} does not take over");
        sleep(LOOK_EVERY).await;
    }
    cluster.is_well().await;
    note_loss(stage, from, to, epochs);
    Ok(())
}

/// Each slot in which there is a feed moves to another primary, with all that is in it.
pub(crate) async fn reshard(stage: &Stage) -> anyhow::Result<()> {
    let cluster = stage.cluster().await?;
    let mut primaries = Vec::new();
    let mut slots = Vec::new();
    for (node, url) in cluster.url().split(',').enumerate() {
        if !is_primary(&cluster, node).await {
            continue;
        }
        primaries.push(node);
        let mut redis = connect(url).await?;
        for feed in keys(&mut redis, "feed").await? {
            slots.push((ask::<u16>(&mut redis, &["CLUSTER", "KEYSLOT", &feed]).await?, node));
        }
    }
    for (slot, node) in slots {
        let place = primaries.iter().position(|it| *it == node).unwrap_or(0);
        cluster.move_slot(slot, primaries[(place + 1) % primaries.len()]).await;
    }
    cluster.is_well().await;
    Ok(())
}

/// What was seen and not acknowledged may be gone, and nobody sees it any more.
fn note_loss(stage: &Stage, from: u64, to: u64, epochs: BTreeSet<String>) {
    let (from, over) = (from - LAG_MAX_MS, now());
    loss::lock(&stage.losses).push(Loss { from, to, over, epochs, takes_acknowledged: false });
}

fn url(cluster: &PrivateCluster, node: usize) -> anyhow::Result<String> {
    cluster.url().split(',').nth(node).map(str::to_owned).context("there is such a node")
}

async fn is_primary(cluster: &PrivateCluster, node: usize) -> bool {
    let info = cluster.ask::<String>(node, &["INFO", "replication"]).await;
    info.is_ok_and(|it| it.contains("role:master"))
}

/// A slot of each third.
fn slot(shard: usize) -> u16 {
    [100, 8_000, 16_000][shard % 3]
}
