//! How long news take from the append in Redis to the kernel of this machine.

use std::num::NonZeroU32;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use streams::{Entry, Streams};

/// The name of the histogram.
pub(crate) const PUSH_LATENCY: &str = "hub_push_latency_seconds";

/// What is older counts as this old: a stamp goes round once in 71 minutes.
const AGE_MAX: Duration = Duration::from_secs(30 * 60);

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// When something was appended, by the clock of this process that nobody sets: in microseconds,
/// the lower 32 bits of them. Every message that waits for a socket has one, so it is small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp(NonZeroU32);

impl Stamp {
    /// Of something that was appended `age` ago.
    pub(crate) fn of_age(age: Duration) -> Stamp {
        let micros = now_micros().wrapping_sub(micros(age.min(AGE_MAX)));
        // One microsecond is the price of a smaller `Option`: older, for what lies ahead of now
        // would be taken for 71 minutes old.
        Stamp(NonZeroU32::new(micros).unwrap_or(NonZeroU32::MAX))
    }

    /// Of an entry of a feed.
    pub(crate) fn of(entry: &Entry, streams: &Streams) -> Stamp {
        Stamp::of_age(streams.age(entry))
    }

    /// How long ago that was.
    pub(crate) fn age(self) -> Duration {
        Duration::from_micros(now_micros().wrapping_sub(self.0.get()).into())
    }
}

fn now_micros() -> u32 {
    micros(START.elapsed())
}

/// The lower 32 bits.
fn micros(span: Duration) -> u32 {
    span.as_micros() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_knows_its_age_and_costs_four_bytes() {
        assert_eq!(size_of::<Option<Stamp>>(), 4);
        for age in [Duration::ZERO, Duration::from_millis(70), AGE_MAX, Duration::MAX] {
            let found = Stamp::of_age(age).age();
            let expected = age.min(AGE_MAX);
            assert!(found + Duration::from_micros(1) >= expected, "{found:?} {expected:?}");
            assert!(found < expected + Duration::from_secs(60), "{found:?} {expected:?}");
        }
    }
}
