//! The feeds, as this hub follows them: what it has seen last, for those who come back, and the
//! place it has reached.
//!
//! Knows nothing of sockets. Everything here can be read again from Redis.

mod follow;
mod memory;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use streams::Entry;

use crate::topics::Topic;

use memory::{Memory, Step};

pub(crate) use follow::Follower;

/// Bytes of entries that a hub remembers, of all feeds together: some ten thousand changes, which
/// is minutes of a city's dinner and hours of a neighbourhood's.
pub(crate) const MEMORY_BYTES: usize = 16 * 1024 * 1024;

/// Most entries that are told again to one who comes back; a snapshot is shorter than more.
const MISSED_MAX: usize = 100;

/// How often, and how many times, it is looked whether everybody was told: that is a millisecond's
/// work, unless we are far behind.
const TOLD_PAUSE: Duration = Duration::from_millis(1);
const TOLD_LOOKS: usize = 200;

/// The newest entries of all feeds.
#[derive(Debug)]
pub(crate) struct Feed {
    memories: Vec<Mutex<Memory>>,
    /// Up to where everybody in this hub has been told of each feed.
    told: Vec<AtomicU64>,
}

/// Where in a feed something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) epoch: Arc<str>,
    pub(crate) sequence: u64,
}

/// What this hub can say about the time since somebody left.
#[derive(Debug)]
pub(crate) enum Past {
    /// Exactly this happened.
    Known(Vec<Arc<Entry>>),
    /// It goes back further than the memory, or is more than a snapshot.
    Forgotten,
    /// It has yet to be read here: whoever left was told of it by another hub, or never was.
    Ahead,
    /// It was in another epoch of the feed.
    Foreign,
}

impl Feed {
    /// Knows nothing of any of the feeds.
    pub(crate) fn new(partitions: u16, bytes_max: usize) -> Feed {
        let bytes_max = bytes_max / usize::from(partitions.max(1));
        let memory = || Mutex::new(Memory::new("".into(), 0, bytes_max));
        Feed {
            memories: (0..partitions).map(|_| memory()).collect(),
            told: (0..partitions).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// The place that this hub has reached in the feed of `partition`.
    pub(crate) fn reached(&self, partition: u16) -> Place {
        let memory = self.lock(partition);
        Place { epoch: memory.epoch.clone(), sequence: memory.reached }
    }

    /// Waits until whatever hears of this feed has heard of the entry at `sequence`. `false` if
    /// that takes too long.
    pub(crate) async fn is_told(&self, partition: u16, sequence: u64) -> bool {
        for _ in 0..TOLD_LOOKS {
            if self.told[usize::from(partition)].load(Ordering::Acquire) >= sequence {
                return true;
            }
            tokio::time::sleep(TOLD_PAUSE).await;
        }
        false
    }

    /// All that was reached has been told.
    fn all_is_told(&self) {
        for (partition, told) in self.told.iter().enumerate() {
            told.store(self.lock(partition as u16).reached, Ordering::Release);
        }
    }

    /// What happened to `topic` after `since`, up to and with the entry at `until`.
    pub(crate) fn past(&self, topic: &Topic, partition: u16, since: &Place, until: u64) -> Past {
        let memory = self.lock(partition);
        if memory.epoch != since.epoch {
            return Past::Foreign;
        }
        if since.sequence > memory.reached {
            return Past::Ahead;
        }
        let first = memory.entries.partition_point(|it| it.position.sequence <= since.sequence);
        let entries = memory.entries.range(first..);
        let entries = entries.take_while(|it| it.position.sequence <= until);
        let entries = entries.filter(|it| topic.is_of(it));
        let missed: Vec<_> = entries.take(MISSED_MAX + 1).cloned().collect();
        // Each says where the one before it stands: whoever knows that one has missed nothing that
        // is forgotten.
        let before = || missed.first().and_then(|first| topic.before(first));
        let is_whole = since.sequence >= memory.floor
            || before().is_some_and(|before| before <= since.sequence);
        match missed.len() {
            0..=MISSED_MAX if is_whole => Past::Known(missed),
            _ => Past::Forgotten,
        }
    }

    /// The newest entry of `topic` that is remembered.
    pub(crate) fn latest(&self, topic: &Topic, partition: u16) -> Option<Arc<Entry>> {
        self.lock(partition).entries.iter().rev().find(|it| topic.is_of(it)).cloned()
    }

    /// The newest entry of a feed that is remembered.
    fn newest(&self, partition: u16) -> Option<Arc<Entry>> {
        self.lock(partition).entries.back().cloned()
    }

    /// Starts over with what a feed has now: `place` is where it stands, and `entries` are its
    /// newest. Returns the place that is reached.
    fn begin(&self, partition: u16, place: Place, entries: Vec<Entry>) -> u64 {
        self.told[usize::from(partition)].store(0, Ordering::Release);
        let mut memory = self.lock(partition);
        let is_of_epoch = |it: &Entry| it.epoch.is_empty() || *it.epoch == *place.epoch;
        let entries: Vec<_> = entries.into_iter().filter(is_of_epoch).collect();
        let floor = entries.first().map_or(place.sequence, |it| it.position.sequence - 1);
        *memory = Memory::new(place.epoch, floor, memory.bytes_max);
        for entry in entries {
            // What lies before a hole proves nothing.
            if memory.step(&entry) == Step::Gap {
                memory.start_at(entry.position.sequence);
            }
            memory.keep(Arc::new(entry));
        }
        memory.reached
    }

    /// Remembers an entry, if it is the next one; after a gap, from here on. Nothing of another
    /// epoch: for that, begin again.
    fn keep(&self, entry: &Arc<Entry>) -> Step {
        let mut memory = self.lock(entry.position.partition);
        let step = memory.step(entry);
        match step {
            Step::Old | Step::Anew => return step,
            Step::Next => (),
            Step::Gap => memory.start_at(entry.position.sequence),
        }
        memory.keep(entry.clone());
        step
    }

    fn lock(&self, partition: u16) -> MutexGuard<'_, Memory> {
        let memory = &self.memories[usize::from(partition)];
        memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use domain::{OrderId, Timestamp};
    use streams::{Kind, Position};

    use super::*;

    fn order(dice: u64) -> OrderId {
        OrderId::new(Timestamp(1), 0, dice)
    }

    fn entry(sequence: u64, dice: u64) -> Arc<Entry> {
        Arc::new(Entry {
            position: Position { partition: 0, sequence },
            epoch: "abc".to_owned(),
            kind: Kind::Order,
            order: Some(order(dice)),
            store: None,
            customer: None,
            rider: None,
            previous_rider: None,
            order_before: None,
            store_before: None,
            version: sequence,
            events: "StoreReminded".to_owned(),
            at: Timestamp(1),
            micros: 0,
            trace: None,
            body: Bytes::from(vec![0; 600]),
        })
    }

    fn feed(entries: impl IntoIterator<Item = Arc<Entry>>) -> Feed {
        let feed = Feed::new(1, 10_000);
        let place = Place { epoch: "abc".into(), sequence: 0 };
        feed.begin(0, place, vec![]);
        for entry in entries {
            feed.keep(&entry);
        }
        feed
    }

    fn missed(feed: &Feed, dice: u64, epoch: &str, sequence: u64) -> Option<Vec<u64>> {
        let since = Place { epoch: epoch.into(), sequence };
        match feed.past(&Topic::Order(order(dice)), 0, &since, u64::MAX) {
            Past::Known(entries) => Some(entries.iter().map(|it| it.position.sequence).collect()),
            Past::Forgotten | Past::Ahead | Past::Foreign => None,
        }
    }

    #[test]
    fn exactly_what_was_missed_is_known() {
        let feed = feed((1..=6).map(|n| entry(n, n % 2)));
        assert_eq!(missed(&feed, 0, "abc", 0), Some(vec![2, 4, 6]));
        assert_eq!(missed(&feed, 0, "abc", 4), Some(vec![6]));
        assert_eq!(missed(&feed, 0, "abc", 6), Some(vec![]));
        assert_eq!(missed(&feed, 7, "abc", 1), Some(vec![]));
    }

    #[test]
    fn another_feed_or_the_future_proves_nothing() {
        let feed = feed((1..=3).map(|n| entry(n, 0)));
        assert_eq!(missed(&feed, 0, "xyz", 1), None);
        assert_eq!(missed(&feed, 0, "abc", 4), None);
    }

    #[test]
    fn what_comes_while_an_answer_is_made_is_not_told_twice() {
        let feed = feed((1..=6).map(|n| entry(n, 0)));
        let since = Place { epoch: "abc".into(), sequence: 2 };
        let past = feed.past(&Topic::Order(order(0)), 0, &since, 4);
        assert!(matches!(past, Past::Known(entries) if entries.len() == 2));
    }

    #[test]
    fn an_entry_of_another_epoch_is_never_taken_for_the_next() {
        let feed = feed((1..=3).map(|n| entry(n, 0)));
        let of =
            |epoch: &str, n| Arc::new(Entry { epoch: epoch.to_owned(), ..(*entry(n, 0)).clone() });
        assert_eq!(feed.keep(&of("xyz", 4)), Step::Anew);
        assert_eq!(missed(&feed, 0, "abc", 3), Some(vec![]));
        assert_eq!(feed.keep(&of("", 4)), Step::Next);

        let newest = [of("abc", 2), of("xyz", 3), of("xyz", 4)].map(|it| (*it).clone());
        let place = Place { epoch: "xyz".into(), sequence: 3 };
        assert_eq!(feed.begin(0, place, newest.to_vec()), 4);
        assert_eq!(missed(&feed, 0, "abc", 4), None);
        assert_eq!(missed(&feed, 0, "xyz", 1), None);
        assert_eq!(missed(&feed, 0, "xyz", 2), Some(vec![3, 4]));
    }

    #[test]
    fn memory_is_bounded_and_knows_where_it_ends() {
        let feed = feed((1..=25).map(|n| entry(n, 0)));
        assert_eq!(feed.lock(0).entries.len(), 10);
        assert_eq!(missed(&feed, 0, "abc", 14), None);
        assert_eq!(missed(&feed, 0, "abc", 15), Some((16..=25).collect()));
    }

    #[test]
    fn whoever_knows_the_one_before_has_missed_nothing_that_is_forgotten() {
        let chained = |n: u64| {
            let before = Some(n.saturating_sub(3));
            Arc::new(Entry { order_before: before, ..(*entry(n, n % 3)).clone() })
        };
        let feed = feed((1..=25).map(chained));
        assert_eq!(feed.lock(0).floor, 15);
        let of_one = Some(vec![16, 19, 22, 25]);
        assert_eq!(missed(&feed, 1, "abc", 13), of_one);
        assert_eq!(missed(&feed, 1, "abc", 14), of_one);
        assert_eq!(missed(&feed, 1, "abc", 12), None);
        assert_eq!(missed(&feed, 7, "abc", 14), None);
    }

    #[test]
    fn nothing_before_a_gap_is_trusted() {
        let feed = feed((1..=3).map(|n| entry(n, 0)));
        assert_eq!(feed.keep(&entry(7, 0)), Step::Gap);
        assert_eq!(feed.keep(&entry(7, 0)), Step::Old);
        assert_eq!(missed(&feed, 0, "abc", 3), None);
        assert_eq!(missed(&feed, 0, "abc", 6), Some(vec![7]));
    }
}
