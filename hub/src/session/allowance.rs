//! How much one connection may ask for: a bucket that fills steadily.

use std::time::{Duration, Instant};

/// How fast a bucket fills, and how much it holds.
#[derive(Debug)]
struct Rate {
    every: Duration,
    burst: u32,
}

/// Thirty commands a second, and as many at once as a page needs that subscribes to all it shows.
static COMMANDS: Rate = Rate { every: Duration::from_millis(1_000 / 30), burst: 60 };
/// The same for saying where one is.
static MOVES: Rate = Rate { every: Duration::from_millis(1_000 / 4), burst: 10 };
/// After this many refusals without a pause the connection is ended.
const REFUSALS_MAX: u32 = 100;

/// What is left of one kind.
#[derive(Debug)]
pub(super) struct Allowance {
    rate: &'static Rate,
    /// When the bucket would be full again. As far ahead of now as it is empty.
    full_at: Instant,
    refusals: u32,
}

impl Allowance {
    pub(super) fn of_commands(now: Instant) -> Allowance {
        Allowance { rate: &COMMANDS, full_at: now, refusals: 0 }
    }

    pub(super) fn of_moves(now: Instant) -> Allowance {
        Allowance { rate: &MOVES, full_at: now, refusals: 0 }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let Rate { every, burst } = *self.rate;
        let full_at = self.full_at.max(now);
        if full_at == now {
            self.refusals = 0;
        }
        if full_at + every > now + every * burst {
            self.refusals += 1;
            return false;
        }
        self.full_at = full_at + every;
        true
    }

    /// Whether whoever it is does not listen to being refused.
    pub(super) fn is_flooded(&self) -> bool {
        self.refusals > REFUSALS_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_and_then_a_rate() {
        let start = Instant::now();
        let mut allowance = Allowance::of_commands(start);
        let taken = (0..100).filter(|_| allowance.take(start)).count();
        assert_eq!(taken, 60);
        let later = start + Duration::from_secs(1);
        let taken = (0..100).filter(|_| allowance.take(later)).count();
        assert!((29..=31).contains(&taken), "{taken}");
    }

    #[test]
    fn only_those_who_never_pause_are_sent_away() {
        let start = Instant::now();
        let mut allowance = Allowance::of_commands(start);
        assert_eq!((0..160).filter(|_| allowance.take(start)).count(), 60);
        assert!(!allowance.is_flooded());
        assert!(!allowance.take(start));
        assert!(allowance.is_flooded());
        assert!(allowance.take(start + Duration::from_secs(60)));
        assert!(!allowance.is_flooded());
    }
}
