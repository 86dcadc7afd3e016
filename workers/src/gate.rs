//! The way to the provider: no call lasts for ever, how each went is told to the breaker, and
//! while the breaker is open calls go one by one. What is owed then is still paid, but slowly.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{anyhow, bail};
use metrics::counter;
use streams::{Breaker, Streams};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::warn;

use crate::saga::EFFECT_MAX;

/// Longest that a provider is given to answer one call.
const ANSWER_MAX: Duration = Duration::from_secs(6);
/// Longest that a call waits for its turn while they go one by one.
const TURN_MAX: Duration = Duration::from_secs(1);

// Or an outcome could not be recorded after the slowest answer.
const _: () = assert!(ANSWER_MAX.as_secs() + TURN_MAX.as_secs() < EFFECT_MAX.as_secs());
// Or a call that began before it opened could be taken for the probe.
const _: () = assert!(ANSWER_MAX.as_secs() < Streams::BREAKER_OPEN.as_secs());

/// What every call of this process to the provider passes through.
pub(crate) struct Gate {
    streams: Streams,
    /// As of the last call: a process that calls nobody need not know.
    is_closed: AtomicBool,
    turn: Semaphore,
}

impl Gate {
    pub(crate) fn new(streams: Streams) -> Gate {
        Gate { streams, is_closed: AtomicBool::new(true), turn: Semaphore::new(1) }
    }

    /// Makes a call, which fails without being made if its turn does not come.
    pub(crate) async fn call<T>(
        &self,
        call: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let _turn = match self.is_closed.load(Ordering::Relaxed) {
            true => None,
            false => match timeout(TURN_MAX, self.turn.acquire()).await {
                Ok(turn) => Some(turn),
                Err(_) => {
                    counter!("workers_provider_calls_total", "outcome" => "put_off").increment(1);
                    bail!("the provider is failing and was not called");
                }
            },
        };
        let answer = match timeout(ANSWER_MAX, call).await {
            Ok(answer) => answer,
            Err(_) => Err(anyhow!("the provider gave no answer in {} s", ANSWER_MAX.as_secs())),
        };
        self.report(answer.is_ok()).await;
        answer
    }

    // That nobody can be told how a call went does not change how it went.
    async fn report(&self, is_answered: bool) {
        let outcome = if is_answered { "answered" } else { "failed" };
        counter!("workers_provider_calls_total", "outcome" => outcome).increment(1);
        match self.streams.breaker_report(is_answered).await {
            Ok(breaker) => {
                let is_closed = breaker == Breaker::Closed;
                let was_closed = self.is_closed.swap(is_closed, Ordering::Relaxed);
                if was_closed && !is_closed {
                    warn!("the provider is failing: no charge is begun");
                }
            }
            Err(error) => {
                let error = format!("{:#}", anyhow!(error));
                warn!(error, "could not tell the breaker how a call went");
            }
        }
    }
}
