//! Everything that runs, and how it comes and goes: as a Deployment rolls, as an autoscaler scales,
//! and as a machine dies.

use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::Context;
use streams::{PrivateRedis, Streams};
use tokio::process::Child;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::ingress::{Ingress, State};
use crate::pod::{Pod, Slot, hire};
use crate::times::Times;

/// How many hubs there are while nothing happens; as in the manifests.
pub(crate) const HUBS: usize = 3;
/// How many there are when there is much to do.
const HUBS_MAX: usize = 5;
/// Some leave while others come.
const SLOTS: usize = HUBS_MAX + 3;
const WORKERS: usize = 2;
const PARTITIONS: u16 = 8;

/// Redis, hubs behind a proxy, workers.
pub(crate) struct Cluster {
    pub(crate) ingress: Arc<Ingress>,
    pub(crate) streams: Streams,
    times: Times,
    /// The oldest first.
    pods: VecDeque<Pod>,
    free: VecDeque<Slot>,
    leaving: JoinSet<anyhow::Result<Slot>>,
    _workers: Vec<Child>,
    redis: PrivateRedis,
}

impl Cluster {
    /// Starts three hubs and two processes of workers.
    pub(crate) async fn begin(times: Times) -> anyhow::Result<Cluster> {
        let redis = PrivateRedis::start(None).await.context("starting a redis-server")?;
        let streams = Streams::open(redis.url(), PARTITIONS).await?;
        let slots: Vec<Slot> = (0..SLOTS).map(Slot::free).collect::<anyhow::Result<_>>()?;
        let ingress = Arc::new(Ingress::start(&slots, times).await?);
        let workers = (0..WORKERS).map(|_| hire(redis.url())).collect::<anyhow::Result<_>>()?;
        let (pods, free, leaving) = (VecDeque::new(), slots.into(), JoinSet::new());
        let mut cluster =
            Cluster { ingress, streams, times, pods, free, leaving, _workers: workers, redis };
        for _ in 0..HUBS {
            cluster.add().await?;
        }
        Ok(cluster)
    }

    /// Each hub makes room for a new one, one after the other.
    pub(crate) async fn roll(&mut self) -> anyhow::Result<()> {
        for _ in 0..HUBS {
            self.add().await?;
            sleep(self.times.min_ready).await;
            let oldest = self.pods.pop_front().context("there are hubs")?;
            self.send_away(oldest);
        }
        self.all_have_left().await
    }

    /// Two hubs more, and when they have had their time, two less: the newest, as a cluster does.
    pub(crate) async fn scale(&mut self) -> anyhow::Result<()> {
        while self.pods.len() < HUBS_MAX {
            self.add().await?;
        }
        sleep(self.times.min_ready * 2).await;
        while self.pods.len() > HUBS {
            let newest = self.pods.pop_back().context("there are hubs")?;
            self.send_away(newest);
            sleep(self.times.drain).await;
        }
        self.all_have_left().await
    }

    /// A hub is gone, and nobody was told. After a while another takes its place.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        sleep(self.times.min_ready).await;
        let victim = self.pods.pop_front().context("there are hubs")?;
        let slot = victim.kill().await?;
        sleep(self.times.min_ready).await;
        self.ingress.set(slot, State::Maint).await?;
        self.free.push_back(slot);
        self.add().await
    }

    async fn add(&mut self) -> anyhow::Result<()> {
        while let Some(left) = self.leaving.try_join_next() {
            self.free.push_back(left??);
        }
        let slot = self.free.pop_front().context("there is a free slot")?;
        self.pods.push_back(Pod::start(slot, self.redis.url(), self.times).await?);
        self.ingress.set(slot, State::Ready).await
    }

    /// Lets a hub leave as a pod does, and waits for nothing: the proxy hears of it late, and the hub
    /// later still.
    fn send_away(&mut self, pod: Pod) {
        let (ingress, times) = (self.ingress.clone(), self.times);
        self.leaving.spawn(async move {
            sleep(times.told_after()).await;
            ingress.set(pod.slot, State::Drain).await?;
            sleep(times.pre_stop - times.told_after()).await;
            let slot = pod.leave(times).await?;
            ingress.set(slot, State::Maint).await?;
            Ok(slot)
        });
    }

    async fn all_have_left(&mut self) -> anyhow::Result<()> {
        while let Some(left) = self.leaving.join_next().await {
            self.free.push_back(left??);
        }
        Ok(())
    }
}
