//! The breaker of the payment provider, shared by all hubs and workers: while the provider fails,
//! no charge is begun. Who calls the provider, and what a failure is, is not known here.

use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

use crate::feed::telling;
use crate::{Error, Streams};

/// How many calls are looked at: enough to tell an outage from bad luck.
const CALLS_MAX: usize = 20;
/// How few calls say nothing yet, or the first failure of a quiet night would open it.
const CALLS_MIN: usize = 10;
/// For how long no charge is begun: long enough for a provider to breathe, and no longer than a
/// hungry person waits before trying again.
const OPEN: Duration = Duration::from_secs(10);
/// For how long a probe keeps others out if nobody says how it went: its order may have been
/// refused before anybody was charged.
const PROBE_MAX: Duration = Duration::from_secs(10);
/// For how long anything is remembered: calls of an hour ago say nothing of the provider today.
const REMEMBERED: Duration = Duration::from_secs(3_600);

const _: () = assert!(CALLS_MIN <= CALLS_MAX);
const _: () = assert!(OPEN.as_secs() < REMEMBERED.as_secs());

static ADMIT: LazyLock<Script> =
    LazyLock::new(|| telling(include_str!("scripts/breaker_admit.lua")));
static REPORT: LazyLock<Script> =
    LazyLock::new(|| telling(include_str!("scripts/breaker_report.lua")));
static STATE: LazyLock<Script> =
    LazyLock::new(|| telling(include_str!("scripts/breaker_state.lua")));

/// Whether a charge may be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may. If the provider has been failing, this one is the probe.
    Pass,
    /// It may not.
    Open {
        /// After how long it is worth asking again.
        retry_after: Duration,
    },
}

/// How the breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaker {
    /// The provider does its work.
    Closed,
    /// It may be back: one charge at a time finds out.
    HalfOpen,
    /// It fails.
    Open {
        /// For how much longer nobody tries.
        left: Duration,
    },
}

impl Streams {
    /// For how long the breaker stays open. A call to the provider must be over sooner, or one
    /// that began before could be taken for the probe.
    pub const BREAKER_OPEN: Duration = OPEN;

    /// Asks whether a charge may be begun; to be asked before an order is placed. Costs one small
    /// script. A hub may remember an answer for a moment: all that it lets through by that is more
    /// than one probe.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn breaker_admit(&self) -> Result<Admission, Error> {
        let mut call = ADMIT.prepare_invoke();
        call.key(self.breaker_key()).arg(PROBE_MAX.as_millis() as u64);
        let kept_out: u64 = self.run(0, &call).await.map_err(Error::writing("the breaker"))?;
        Ok(match kept_out {
            0 => Admission::Pass,
            millis => Admission::Open { retry_after: Duration::from_millis(millis) },
        })
    }

    /// Notes how a call to the provider went, and says how the breaker stands after it. No is an
    /// answer as well: only errors and silence are failures.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn breaker_report(&self, is_answered: bool) -> Result<Breaker, Error> {
        let mut call = REPORT.prepare_invoke();
        call.key(self.breaker_key()).arg(u8::from(is_answered)).arg(CALLS_MAX).arg(CALLS_MIN);
        call.arg(OPEN.as_millis() as u64).arg(REMEMBERED.as_secs());
        let state = self.run(0, &call).await.map_err(Error::writing("the breaker"))?;
        breaker(state)
    }

    /// How the breaker stands. Changes nothing.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn breaker(&self) -> Result<Breaker, Error> {
        let mut call = STATE.prepare_invoke();
        call.key(self.breaker_key());
        let state = self.run(0, &call).await.map_err(Error::reading("the breaker"))?;
        breaker(state)
    }

    /// One for all: there is one provider.
    fn breaker_key(&self) -> String {
        self.keys().of("breaker", 0)
    }
}

fn breaker((state, left): (String, u64)) -> Result<Breaker, Error> {
    match state.as_str() {
        "closed" => Ok(Breaker::Closed),
        "half-open" => Ok(Breaker::HalfOpen),
        "open" => Ok(Breaker::Open { left: Duration::from_millis(left) }),
        other => Err(Error::Broken(format!("the breaker is {other}"))),
    }
}
