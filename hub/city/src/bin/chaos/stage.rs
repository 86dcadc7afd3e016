//! Everything that runs: Redis, hubs, workers, the provider, and a link wherever two of them meet.

use std::collections::{BTreeSet, HashMap};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, AtomicU64};

use anyhow::Context;
use streams::{PrivateCluster, PrivateRedis};
use tokio::sync::{Mutex, MutexGuard};

use crate::ground::Ground;
use crate::link::Link;
use crate::loss::{Absence, Loss};
use crate::plan::{HUBS, Plan, Program, WORKERS, Way};
use crate::process::{Process, Recipe};
use crate::provider::{Provider, SECRET_KEY};
use crate::redis_server;

/// Feeds.
pub(crate) const PARTITIONS: u16 = 4;
const SECRET: &str = "a secret that only this chaos knows of";

/// The durations of the trade, short enough for every one of them to run out within a seed.
const DURATIONS: [(&str, &str); 14] = [
    ("ACCEPT_SECONDS", "5"),
    ("STORE_REACH_SECONDS", "12"),
    ("UNDO_SECONDS", "1"),
    ("PAYMENT_ANSWER_SECONDS", "2"),
    ("PAYMENT_RECONCILE_SECONDS", "4"),
    ("REFUND_RETRY_SECONDS", "0.3"),
    ("REFUND_TRIES", "5"),
    ("RING_STEP_SECONDS", "2"),
    ("NO_RIDER_ALERT_SECONDS", "5"),
    ("NO_RIDER_CANCEL_SECONDS", "15"),
    ("RIDER_STALE_SECONDS", "4"),
    ("RIDER_SILENT_SECONDS", "9"),
    ("RELEASE_COOLDOWN_SECONDS", "2"),
    // The least that workers take: longer than anything they may have in hand.
    ("ENTRY_RECLAIM_SECONDS", "9"),
];

/// The stage. Dropping it ends everything on it.
pub(crate) struct Stage {
    pub(crate) ground: Ground,
    /// The one with the data; the replica that takes over becomes it. Nothing where a cluster is.
    redis: Option<Mutex<PrivateRedis>>,
    cluster: Option<Mutex<PrivateCluster>>,
    /// Who has a copy, and the way on which it comes.
    pub(crate) replica: Mutex<Option<(PrivateRedis, Link)>>,
    /// Whatever was Redis before: kept, so that its port stays taken.
    pub(crate) retired: Mutex<Vec<PrivateRedis>>,
    redis_port: AtomicU16,
    /// When data were lost.
    pub(crate) losses: std::sync::Mutex<Vec<Loss>>,
    /// Of the feeds, those that are over.
    pub(crate) ended_epochs: std::sync::Mutex<BTreeSet<String>>,
    /// When there were no workers.
    pub(crate) absences: std::sync::Mutex<Vec<Absence>>,
    pub(crate) provider: Provider,
    pub(crate) apps: Link,
    pub(crate) to_provider: Link,
    places: Vec<Place>,
    /// Entries that nobody can read.
    pub(crate) poisoned: AtomicU64,
}

/// Where a program runs, again and again.
pub(crate) struct Place {
    pub(crate) program: Program,
    pub(crate) recipe: Recipe,
    pub(crate) to_redis: Link,
    pub(crate) process: Mutex<Option<Process>>,
}

impl Stage {
    /// Starts everything. Logs go to `folder`.
    pub(crate) async fn set(plan: &Plan, folder: &Path) -> anyhow::Result<Stage> {
        std::fs::create_dir_all(folder).context("making a folder for logs")?;
        let (mut redis, mut cluster, mut replica, mut port) = (None, None, None, 0);
        match plan.ground {
            Ground::Cluster => {
                let started = PrivateCluster::start().await.context("starting a cluster")?;
                cluster = Some(Mutex::new(started));
            }
            ground => {
                let more: &[&str] = match ground {
                    Ground::Always => &["--appendfsync", "always"],
                    _ => &[],
                };
                let started = PrivateRedis::start_with(None, more).await;
                let started = started.context("starting a redis-server")?;
                port = started.port();
                if ground == Ground::Replica {
                    replica = Some(redis_server::copy_of(&started).await?);
                }
                redis = Some(Mutex::new(started));
            }
        }
        let url = match &cluster {
            Some(cluster) => Some(cluster.lock().await.url()),
            None => None,
        };
        let provider = Provider::start().await?;
        let to_provider = Link::to(vec![provider.address]).await?;
        let mut places = Vec::new();
        let hubs = (0..HUBS).map(Program::Hub);
        for program in hubs.chain((0..WORKERS).map(Program::Workers)) {
            let to_redis = Link::to(vec![local(port)]).await?;
            let url = url.clone().unwrap_or_else(|| format!("redis://{}", to_redis.address()));
            let mut recipe = recipe(program, &url, to_provider.address(), folder);
            let durability = plan.ground.durability().to_owned();
            recipe.settings.insert("DURABILITY", durability);
            if let Some(part) = plan.without {
                recipe.settings.insert("SABOTAGE", part.to_owned());
            }
            places.push(Place { program, recipe, to_redis, process: Mutex::new(None) });
        }
        let stage = Stage {
            ground: plan.ground,
            redis_port: AtomicU16::new(port),
            redis,
            cluster,
            replica: Mutex::new(replica),
            losses: Default::default(),
            ended_epochs: Default::default(),
            absences: Default::default(),
            retired: Mutex::default(),
            provider,
            apps: Link::to(Vec::new()).await?,
            to_provider,
            places,
            poisoned: AtomicU64::new(0),
        };
        for place in &stage.places {
            *place.process.lock().await = Some(Process::start(&place.recipe, &[]).await?);
        }
        stage.open_doors().await;
        Ok(stage)
    }

    /// Where apps find the hubs.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.apps.address())
    }

    /// Where Redis is, behind no link: all nodes, if there are several.
    pub(crate) async fn redis_urls(&self) -> Vec<String> {
        if let Some(cluster) = &self.cluster {
            return cluster.lock().await.url().split(',').map(str::to_owned).collect();
        }
        let port = self.redis_port.load(std::sync::atomic::Ordering::Relaxed);
        vec![format!("redis://127.0.0.1:{port}")]
    }

    /// The one server that there is, for whoever does something to it: one at a time.
    pub(crate) async fn one(&self) -> anyhow::Result<MutexGuard<'_, PrivateRedis>> {
        let redis = self.redis.as_ref().context("a server of its own")?;
        Ok(redis.lock().await)
    }

    /// The same of a cluster.
    pub(crate) async fn cluster(&self) -> anyhow::Result<MutexGuard<'_, PrivateCluster>> {
        let cluster = self.cluster.as_ref().context("a cluster")?;
        Ok(cluster.lock().await)
    }

    /// Redis is somewhere else from now on.
    pub(crate) fn redis_moved(&self, port: u16) {
        self.redis_port.store(port, std::sync::atomic::Ordering::Relaxed);
        for place in &self.places {
            place.to_redis.lead_to(vec![local(port)]);
            place.to_redis.cut();
        }
    }

    pub(crate) fn place(&self, program: Program) -> Option<&Place> {
        self.places.iter().find(|it| it.program == program)
    }

    pub(crate) fn places(&self) -> &[Place] {
        &self.places
    }

    pub(crate) fn way(&self, way: Way) -> Option<&Link> {
        match way {
            Way::Apps => Some(&self.apps),
            Way::Provider => Some(&self.to_provider),
            Way::Redis(program) => self.place(program).map(|it| &it.to_redis),
        }
    }

    /// Apps find the hubs that are there.
    pub(crate) async fn open_doors(&self) {
        let mut doors = Vec::new();
        for place in &self.places {
            // Nobody waits here for a hub that is being replaced: whoever does that calls again.
            if let Ok(process) = place.process.try_lock() {
                doors.extend(process.as_ref().and_then(|it| it.address));
            }
        }
        self.apps.lead_to(doors);
    }

    /// Ends everything in good order: what does not stop when asked to is an error.
    pub(crate) async fn clear(&self) -> anyhow::Result<()> {
        for place in &self.places {
            if let Some(mut process) = place.process.lock().await.take() {
                let name = &place.recipe.name;
                process.stop().await.with_context(|| format!("stopping {name}"))?;
            }
        }
        Ok(())
    }
}

pub(crate) fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn recipe(program: Program, redis_url: &str, provider: SocketAddr, folder: &Path) -> Recipe {
    let mut settings: HashMap<&'static str, String> =
        DURATIONS.map(|(name, value)| (name, value.to_owned())).into();
    let mut set = |name, value: &str| settings.insert(name, value.to_owned());
    set("REDIS_URL", redis_url);
    set("PARTITIONS", &PARTITIONS.to_string());
    set("PAYMENT_PROVIDER", "toss");
    set("LOG_FORMAT", "json");
    let (name, program) = match program {
        Program::Hub(index) => {
            set("HUB_LISTEN", "127.0.0.1:0");
            set("HUB_ADMIN_LISTEN", "127.0.0.1:0");
            set("TOKEN_SECRET", SECRET);
            set("DEV_TOKENS", "true");
            set("DRAIN_SECONDS", "3");
            (format!("hub-{index}"), "hub")
        }
        Program::Workers(index) => {
            set("WORKERS_ADMIN_LISTEN", "127.0.0.1:0");
            set("TOSS_SECRET_KEY", SECRET_KEY);
            set("TOSS_URL", &format!("http://{provider}"));
            (format!("workers-{index}"), "workers")
        }
    };
    let log: PathBuf = folder.join(format!("{name}.log"));
    Recipe { program, name, settings, log }
}
