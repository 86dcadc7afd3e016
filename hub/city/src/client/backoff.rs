//! How long to wait before the next try.

use std::time::Duration;

use rand::RngExt;

const FIRST_MAX: Duration = Duration::from_millis(250);
const WAIT_MAX: Duration = Duration::from_secs(8);

/// Doubling waits with full jitter, so that those who failed together do not come back together.
#[derive(Debug, Default)]
pub struct Backoff {
    tries: u32,
}

impl Backoff {
    /// How long to wait before the next try.
    pub fn next_wait(&mut self) -> Duration {
        let most = FIRST_MAX.saturating_mul(2_u32.saturating_pow(self.tries)).min(WAIT_MAX);
        self.tries += 1;
        most.mul_f64(rand::rng().random_range(0.0..=1.0))
    }

    /// Waits before the next try.
    pub async fn wait(&mut self) {
        tokio::time::sleep(self.next_wait()).await;
    }

    /// Begins again with short waits, after a success.
    pub fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_wait_is_longer_than_the_longest() {
        let mut backoff = Backoff::default();
        assert!(backoff.next_wait() <= FIRST_MAX);
        assert!((0..100).all(|_| backoff.next_wait() <= WAIT_MAX));
    }
}
