//! Pauses between tries, and says once that something is wrong and once that it is over.

use std::time::Duration;

use redis::RedisError;
use tokio::time::Instant;

/// The pause after a first failure. It doubles.
const PAUSE_MIN: Duration = Duration::from_millis(50);

/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// How a row of failures stands.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
    since: Option<Instant>,
}

impl Backoff {
    /// Notes a failure and waits. Safe to cancel: the failure stays noted.
    pub(crate) async fn failed(&mut self, message: &'static str, error: &RedisError) {
        if self.failures == 0 {
            self.since = Some(Instant::now());
            tracing::warn!(error = error as &dyn std::error::Error, "{message}");
        }
        let pause = (PAUSE_MIN * 2u32.saturating_pow(self.failures.min(16))).min(PAUSE_MAX);
        self.failures = self.failures.saturating_add(1);
        tokio::time::sleep(pause.mul_f64(rand::random_range(0.5..1.0))).await;
    }

    /// Notes that it works, and says whether it does so again.
    pub(crate) fn succeeded(&mut self, message: &'static str) -> bool {
        let Some(since) = self.since.take() else { return false };
        tracing::info!(
            failures = self.failures,
            lost_ms = since.elapsed().as_millis() as u64,
            "{message}"
        );
        self.failures = 0;
        true
    }
}
