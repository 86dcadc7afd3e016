//! The window: commands in, news out; nothing in it that cannot be lost.
//!
//! A request or a socket comes in at [`server`], is known by its [`identity`], and ends either in
//! a command for `streams` or in a [`view`] of what is there. What may happen to an order is not
//! known here: `domain` says it.

mod approaches;
mod assets;
mod clock;
mod commands;
mod config;
mod deliveries;
mod error;
mod events;
mod files;
mod health;
mod identity;
mod keys;
mod latency;
mod listener;
mod locations;
mod measures;
mod openapi;
mod ops;
mod orders;
mod paces;
mod payments;
mod placing;
mod proxies;
mod requests;
mod riders;
mod routes;
mod rpc;
mod server;
mod shares;
mod sharing;
mod statuses;
mod store_orders;
mod stores;
mod tokens;
mod traffic;
mod view;

mod arrivals;
mod channels;
mod counters;
mod emulation;
mod feed;
mod fleet;
#[cfg(test)]
mod fuzzing;
mod nearby;
mod presence;
mod protocol;
mod rehearsal;
mod session;
mod socket;
mod topics;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::Rules;
use streams::Streams;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use config::{Config, Secret};
pub use proxies::Network;
pub use rehearsal::{Occasion, Rehearsal};
pub use server::Server;
pub use socket::{FrameKind, SocketLimits, Upgrade, Wire};

use approaches::Doors;
use keys::Keys;
use locations::Intake;
use paces::Paces;
use rpc::Rpc;
use socket::Sockets;

/// What every handler has in its hands. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Hub {
    pub(crate) inner: Arc<Inner>,
}

/// One of each.
pub(crate) struct Inner {
    pub(crate) id: Uuid,
    pub(crate) config: Arc<Config>,
    pub(crate) streams: Streams,
    pub(crate) rules: RulesHandle,
    pub(crate) keys: Keys,
    pub(crate) sockets: Sockets,
    pub(crate) paces: Paces,
    pub(crate) intake: Intake,
    pub(crate) doors: Doors,
    pub(crate) rpc: Rpc,
    pub(crate) stopping: CancellationToken,
}

impl Hub {
    /// Which of all hubs this is; made up at its start.
    pub(crate) fn id(&self) -> Uuid {
        self.inner.id
    }

    /// What this process was started with.
    pub(crate) fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Orders, stores and riders.
    pub(crate) fn streams(&self) -> &Streams {
        &self.inner.streams
    }

    /// The numbers of the trade, as they are at this moment.
    pub(crate) fn rules(&self) -> Rules {
        self.inner.rules.get()
    }

    /// Who signed a token.
    pub(crate) fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    /// Everybody who is connected to this hub.
    pub(crate) fn sockets(&self) -> &Sockets {
        &self.inner.sockets
    }

    /// How often riders say where they are.
    pub(crate) fn paces(&self) -> &Paces {
        &self.inner.paces
    }

    /// Where riders' positions go.
    pub(crate) fn intake(&self) -> &Intake {
        &self.inner.intake
    }

    /// Where riders of this hub bring food.
    pub(crate) fn doors(&self) -> &Doors {
        &self.inner.doors
    }

    /// Canceled when the hub is asked to stop: whoever waits for news goes home with what is there.
    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.inner.stopping
    }
}

/// The rules of this process. Only how long a minute lasts and how long a store has to answer can
/// change while it runs: the demo hurries an evening along, and slows it down where there is
/// something to see.
#[derive(Clone, Debug)]
pub struct RulesHandle(Arc<SharedRules>);

#[derive(Debug)]
struct SharedRules {
    rules: Rules,
    minute_micros: AtomicU64,
    accept_micros: AtomicU64,
}

impl RulesHandle {
    /// Starts out with `rules`.
    pub fn new(rules: Rules) -> RulesHandle {
        let minute_micros = AtomicU64::new(micros(rules.minute));
        let accept_micros = AtomicU64::new(micros(rules.accept));
        RulesHandle(Arc::new(SharedRules { rules, minute_micros, accept_micros }))
    }

    /// The rules as they are now.
    pub fn get(&self) -> Rules {
        let minute = Duration::from_micros(self.0.minute_micros.load(Ordering::Relaxed));
        let accept = Duration::from_micros(self.0.accept_micros.load(Ordering::Relaxed));
        Rules { minute, accept, ..self.0.rules.clone() }
    }

    /// From now on a promised minute lasts `minute`.
    pub fn set_minute(&self, minute: Duration) {
        self.0.minute_micros.store(micros(minute), Ordering::Relaxed);
    }

    /// From now on a store has so long to answer what it receives.
    pub fn set_accept(&self, accept: Duration) {
        self.0.accept_micros.store(micros(accept), Ordering::Relaxed);
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}
