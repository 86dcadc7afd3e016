//! How far apart the clock of Redis and ours are: to say how long ago something was appended there,
//! and whether what a phone says of the time can be. No deadline is decided by it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Of how many round trips the quickest is believed: the last four seconds of two connections.
const KEPT: usize = 16;

/// What some round trips told of the clock of Redis.
///
/// The answer to `TIME` was true at some moment between the question and the answer, so taking the
/// middle is wrong by half the round trip at most: some 50 µs within a data centre. When somebody
/// sets one of the clocks, what is said of older entries is wrong by as much until the next
/// round trips.
#[derive(Debug, Default)]
pub(crate) struct Skew(Mutex<Samples>);

#[derive(Debug, Default)]
struct Samples {
    latest: [Option<Sample>; KEPT],
    next: usize,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    trip_micros: i64,
    ahead_micros: i64,
}

impl Skew {
    /// Takes into account that Redis said `there` to a question of `asked`, and that this was heard
    /// at `heard`; all in microseconds since the epoch.
    pub(crate) fn learn(&self, asked: i64, there: i64, heard: i64) {
        let mut samples = self.lock();
        let trip_micros = heard - asked;
        let ahead_micros = there - (asked + trip_micros / 2);
        let next = samples.next;
        samples.latest[next] = Some(Sample { trip_micros, ahead_micros });
        samples.next = (next + 1) % KEPT;
    }

    /// How much Redis is ahead of us, in microseconds; 0 while nobody knows.
    pub(crate) fn ahead_micros(&self) -> i64 {
        let samples = self.lock();
        let quickest = samples.latest.iter().flatten().min_by_key(|it| it.trip_micros);
        quickest.map_or(0, |it| it.ahead_micros)
    }

    fn lock(&self) -> MutexGuard<'_, Samples> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Microseconds since the epoch, by our own clock.
pub(crate) fn now_micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quickest_round_trip_is_believed_until_it_is_old() {
        let skew = Skew::default();
        assert_eq!(skew.ahead_micros(), 0);
        skew.learn(1_000, 6_050, 1_100);
        assert_eq!(skew.ahead_micros(), 5_000);
        for _ in 1..KEPT {
            skew.learn(2_000, 9_999, 4_000);
        }
        assert_eq!(skew.ahead_micros(), 5_000);
        skew.learn(2_000, 10_000, 4_000);
        assert_eq!(skew.ahead_micros(), 7_000);
    }
}
