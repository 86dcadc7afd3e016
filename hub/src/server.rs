//! One hub from its start to its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::middleware::from_fn;
use streams::{Error, Streams};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{info, warn};
use uuid::Uuid;

use crate::approaches::Doors;
use crate::config::Config;
use crate::health::{self, Readiness};
use crate::keys::Keys;
use crate::listener::Terms;
use crate::locations::Intake;
use crate::paces::Paces;
use crate::rpc::Rpc;
use crate::socket::Sockets;
use crate::{Hub, Inner, RulesHandle, files, listener, measures, routes, traffic};

/// Pause between two attempts to reach a Redis that does not answer.
const CONNECT_PAUSE: Duration = Duration::from_secs(1);
/// How often a hub that starts looks whether it has what it needs.
const WARM_PAUSE: Duration = Duration::from_millis(20);

/// The share of the drain time in which sockets are told to leave, one by one. In the rest the
/// last of them finish what they have begun.
const SPREAD: f64 = 0.75;
/// How long requests may take that are under way after that, when nothing more is waited for.
/// However short the drain is: longer than a call to Redis can take, so that whoever was let in is
/// told what came of it. Mostly it takes a few milliseconds.
const ANSWERS_MAX: Duration = Duration::from_secs(5);

/// A hub at work. Dropped, it is gone at once; [`Server::stop`] is more polite.
pub struct Server {
    hub: Hub,
    address: SocketAddr,
    admin_address: SocketAddr,
    readiness: Readiness,
    leaving: CancellationToken,
    serving: AbortOnDropHandle<()>,
    _warming: AbortOnDropHandle<()>,
    _keeping_up: AbortOnDropHandle<()>,
    admin: AbortOnDropHandle<()>,
}

impl Server {
    /// Starts a hub that also serves `extra`, a router without a fallback. Waits for Redis as
    /// long as it takes; health is served meanwhile.
    ///
    /// # Errors
    /// Settings that contradict each other or the data, or an address that cannot be had.
    pub async fn start(config: Config, extra: Router) -> anyhow::Result<Server> {
        config.check()?;
        measures::describe();
        files::take_all(config.connections_max);
        let keys = Keys::of(&config)?;
        keys.begin().await?;
        let public = listener::listen(config.listen)
            .with_context(|| format!("listening on {} (HUB_LISTEN)", config.listen))?;
        let admin = listener::listen(config.admin_listen)
            .with_context(|| format!("listening on {} (HUB_ADMIN_LISTEN)", config.admin_listen))?;
        let address = public.local_addr().context("listening")?;
        let admin_address = admin.local_addr().context("listening")?;
        let readiness = Readiness::default();
        let admin_routes = health::routes(readiness.clone(), config.metrics.clone());
        let terms = Terms::of(&config, "apps");
        let leaving = terms.leaving.clone();
        // Nobody waits for this one: it answers until the very end.
        // Probes of a whole node come from one address, too.
        let at_the_back = Terms { address_max: usize::MAX, ..Terms::of(&config, "operators") };
        let admin = listener::serve(admin, admin_routes, at_the_back);
        let admin = AbortOnDropHandle::new(tokio::spawn(admin));

        let streams = connect(&config).await.context("opening the streams")?;
        let hub = assemble(config, streams, keys);
        let app = routes::everything(hub.clone(), extra);
        let terms = Terms { stop: hub.stopping().clone(), ..terms };
        let serving = listener::serve(public, app, terms);
        let warming = warm(hub.clone(), readiness.clone());
        let keeping_up = hub.keys().clone().keep_up();
        info!(hub.id = %hub.id(), %address, %admin_address, "hub started");
        Ok(Server {
            hub,
            address,
            admin_address,
            readiness,
            leaving,
            serving: AbortOnDropHandle::new(tokio::spawn(serving)),
            _warming: AbortOnDropHandle::new(tokio::spawn(warming)),
            _keeping_up: AbortOnDropHandle::new(tokio::spawn(keeping_up)),
            admin,
        })
    }

    /// Where apps come in.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where health and metrics are.
    pub fn admin_addr(&self) -> SocketAddr {
        self.admin_address
    }

    /// The rules of this hub, to change the length of a minute.
    pub fn rules(&self) -> RulesHandle {
        self.hub.inner.rules.clone()
    }

    /// The way of commands that come in on sockets.
    #[cfg(test)]
    pub(crate) fn rpc(&self) -> &Rpc {
        &self.hub.inner.rpc
    }

    /// Lets everybody go home: no new socket is taken, those there are leave one by one within the
    /// drain time, and then requests that are under way are answered.
    pub async fn stop(mut self) {
        self.readiness.set_stopping();
        self.leaving.cancel();
        let drain = self.hub.config().drain;
        // Meanwhile connections are still taken: not everybody knows yet that we leave.
        let leaving = self.hub.sockets().close(drain.mul_f64(SPREAD));
        let have_left = timeout(drain, leaving).await.is_ok();
        self.hub.stopping().cancel();
        let is_answered = timeout(ANSWERS_MAX, &mut self.serving).await.is_ok();
        if !(have_left && is_answered) {
            warn!(have_left, is_answered, "stopped although somebody was still there");
        }
        // Whoever starts the next hub at these addresses must find them free.
        self.admin.abort();
        _ = (&mut self.admin).await;
        info!("hub stopped");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Or it and its hub would keep each other.
        self.hub.inner.rpc.close();
    }
}

fn assemble(config: Config, streams: Streams, keys: Keys) -> Hub {
    let config = Arc::new(config);
    let rules = RulesHandle::new(config.durations.rules());
    let rpc = Rpc::default();
    let id = Uuid::new_v4();
    let sockets = Sockets::start(id, streams.clone(), keys.clone(), rpc.clone(), config.clone());
    let intake = Intake::start(&streams, &rules);
    let stopping = CancellationToken::new();
    let hub = Hub {
        inner: Arc::new(Inner {
            id,
            config,
            streams,
            rules,
            keys,
            sockets,
            paces: Paces::default(),
            intake,
            doors: Doors::default(),
            rpc: rpc.clone(),
            stopping,
        }),
    };
    let api = routes::api().layer(from_fn(traffic::observe)).with_state(hub.clone());
    rpc.open(api, hub.clone());
    hub
}

/// Tries until Redis answers; what no waiting can mend is returned.
async fn connect(config: &Config) -> Result<Streams, Error> {
    let url = config.redis_url.expose();
    loop {
        match Streams::open_with(url, config.partitions, &config.redis).await {
            Err(error @ (Error::Connect(_) | Error::Read { .. } | Error::Write { .. })) => {
                let error = format!("{:#}", anyhow::Error::new(error));
                warn!(error, "redis does not answer, trying again");
                tokio::time::sleep(CONNECT_PAUSE).await;
            }
            other => return other,
        }
    }
}

async fn warm(hub: Hub, readiness: Readiness) {
    while !hub.keys().are_there() {
        tokio::time::sleep(WARM_PAUSE).await;
    }
    readiness.set_keys();
    while !hub.sockets().are_ready() {
        tokio::time::sleep(WARM_PAUSE).await;
    }
    readiness.set_warm();
    info!("ready");
}
