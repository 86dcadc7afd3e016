//! Starting all roles of a process, and stopping them in good order or not at all.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use domain::Rules;
use streams::{Error, Inbox, Streams};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info, info_span, warn};

use crate::admin::Admin;
use crate::clock::Clock;
use crate::customers::Customers;
use crate::gate::Gate;
use crate::payments::Provider;
use crate::riders::Riders;
use crate::saga::{self, Duty};
use crate::settle::Settle;
use crate::stores::Stores;
use crate::{Config, Role, measures, payments};

/// Pause between two attempts to reach a Redis that does not answer.
const CONNECT_PAUSE: Duration = Duration::from_secs(1);

/// Workers at work. Dropping it is as rude as [`Running::abort`].
pub struct Running {
    stop: CancellationToken,
    tasks: JoinSet<()>,
    admin: Option<Admin>,
}

/// Starts the roles of `config`; waits for Redis as long as it takes.
///
/// # Errors
/// Settings that contradict each other or the data, or an admin address that cannot be had.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    start_all(config, None).await
}

/// As [`start`], with a provider of the caller's own in place of the one that `config` names.
///
/// # Errors
/// As [`start`].
pub async fn start_with(config: Config, provider: Arc<dyn Provider>) -> anyhow::Result<Running> {
    start_all(config, Some(provider)).await
}

async fn start_all(config: Config, own: Option<Arc<dyn Provider>>) -> anyhow::Result<Running> {
    config.check()?;
    measures::describe();
    let admin = match config.admin_listen {
        Some(address) => Some(Admin::listen(address, config.metrics.clone()).await?),
        None => None,
    };
    let streams =
        insist(async || config.open_streams().await).await.context("opening the streams")?;
    let provider = match own {
        Some(provider) => provider,
        None => payments::provider(&config, &streams)?,
    };
    let crew = Crew {
        streams,
        provider,
        rules: config.durations.rules(),
        consumer: consumer_name(),
        reclaim: config.durations.entry_reclaim,
        stop: CancellationToken::new(),
    };
    let mut tasks = JoinSet::new();
    for role in Role::ALL.into_iter().filter(|role| config.roles.contains(role)) {
        crew.put_to_work(role, &config, &mut tasks).await?;
    }
    if let Some(admin) = &admin {
        admin.set_ready();
    }
    info!(consumer = crew.consumer, roles = ?config.roles, "workers started");
    Ok(Running { stop: crew.stop, tasks, admin })
}

impl Running {
    /// Finishes what is in hand and takes nothing new. What others would have to wait for is
    /// acknowledged when this returns.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }

    /// Stops in the middle of whatever is being done, as a crash would: nothing is acknowledged.
    pub async fn abort(mut self) {
        self.tasks.shutdown().await;
    }

    /// Waits until a role ends that nobody stopped, which is a fault of this program.
    pub async fn failed(&mut self) -> anyhow::Error {
        match self.tasks.join_next().await {
            Some(Err(error)) => anyhow!(error).context("a role failed"),
            Some(Ok(())) => anyhow!("a role ended by itself"),
            None => anyhow!("there is no role to do"),
        }
    }

    /// Where health and metrics are served.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(Admin::address)
    }
}

/// What all roles of one process share.
struct Crew {
    streams: Streams,
    provider: Arc<dyn Provider>,
    rules: Rules,
    consumer: String,
    reclaim: Duration,
    stop: CancellationToken,
}

impl Crew {
    async fn put_to_work(
        &self,
        role: Role,
        config: &Config,
        tasks: &mut JoinSet<()>,
    ) -> anyhow::Result<()> {
        let streams = self.streams.clone();
        let rules = self.rules.clone();
        match role {
            Role::Payment => {
                let gate = Gate::new(streams.clone());
                let provider = self.provider.clone();
                self.attend(Settle { streams, rules, provider, gate }, tasks).await
            }
            Role::Store => self.attend(Stores { streams, rules }, tasks).await,
            Role::Rider => self.attend(Riders { streams }, tasks).await,
            Role::Customer => self.attend(Customers { streams, minute: rules.minute }, tasks).await,
            Role::Clock => {
                for partition in 0..self.streams.partitions() {
                    let silent = config.durations.rider_silent;
                    let clock = Clock { streams: streams.clone(), rules: rules.clone(), silent };
                    tasks.spawn(
                        clock
                            .run(partition, self.stop.clone())
                            .instrument(info_span!("clock", partition)),
                    );
                }
                Ok(())
            }
        }
    }

    async fn attend<D: Duty>(&self, duty: D, tasks: &mut JoinSet<()>) -> anyhow::Result<()> {
        let open = async || {
            Inbox::open(&self.streams, D::GROUP, self.consumer.clone(), self.reclaim).await
        };
        let inbox = insist(open).await.with_context(|| format!("opening inbox {}", D::GROUP))?;
        tasks.spawn(saga::run(duty, inbox, self.stop.clone()));
        Ok(())
    }
}

/// Tries until Redis answers; what no waiting can mend is returned.
async fn insist<T>(attempt: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
    loop {
        match attempt().await {
            Err(error @ (Error::Connect(_) | Error::Read { .. } | Error::Write { .. })) => {
                let error = format!("{:#}", anyhow!(error));
                warn!(error, "redis does not answer, trying again");
                tokio::time::sleep(CONNECT_PAUSE).await;
            }
            other => return other,
        }
    }
}

/// A name that no other process has, or has ever had: what a dead namesake left pending would
/// otherwise be taken for one's own.
fn consumer_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = match host.trim() {
        "" => "host",
        name => name,
    };
    format!("{host}-{}-{:08x}", std::process::id(), rand::random::<u32>())
}
