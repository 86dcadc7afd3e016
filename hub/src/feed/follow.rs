//! Following the feeds: first what they have, then what comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metrics::gauge;
use streams::{Entry, Error, FeedState, Kind, Position, Streams, Tail};
use tokio::sync::Notify;
use tokio::time::{interval, sleep};

use super::{Feed, MEMORY_BYTES, Place, Step};
use crate::arrivals::Arrivals;
use crate::counters::Counters;
use crate::latency::Stamp;
use crate::nearby::Nearby;
use crate::topics::{Topic, Topics, Whereabouts};

/// Between two attempts to read the feeds for the first time.
const PATIENCE: Duration = Duration::from_millis(500);
/// Entries of which riders are told together: some milliseconds' work in a crowded place.
const TOGETHER: usize = 32;
/// How often it is asked how far a feed has gone, or gone back: one small read for each.
const CHECK: Duration = Duration::from_secs(5);

/// Everybody in this hub who is told what the feeds say.
#[derive(Clone)]
pub(crate) struct Follower {
    pub(crate) streams: Streams,
    pub(crate) feed: Arc<Feed>,
    pub(crate) topics: Topics,
    pub(crate) nearby: Nearby,
    pub(crate) counters: Arc<Counters>,
    pub(crate) whereabouts: Whereabouts,
    pub(crate) arrivals: Arrivals,
    pub(crate) is_following: Arc<AtomicBool>,
}

/// What is to be done before the next entries are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Follow,
    /// Jobs on offer may have come or gone unseen.
    ReadJobs,
    /// Nothing that was seen is certain.
    BeginAgain,
}

impl Follower {
    /// Follows for ever. Whoever spawned it stops it.
    pub(crate) async fn run(self) {
        let check = Notify::new();
        let went_back = Notify::new();
        let mut tail = self.begin_again().await;
        let follow = async {
            loop {
                let next = tokio::select! {
                    entries = tail.next() => {
                        if entries.is_empty() {
                            check.notify_one();
                        }
                        self.take(entries)
                    }
                    () = went_back.notified() => Next::BeginAgain,
                };
                match next {
                    Next::Follow => (),
                    Next::ReadJobs => self.read_jobs().await,
                    Next::BeginAgain => tail = self.begin_again().await,
                }
                self.feed.all_is_told();
            }
        };
        tokio::join!(follow, self.watch(&check, &went_back));
    }

    /// Tells everybody whom these entries concern.
    fn take(&self, entries: Vec<Entry>) -> Next {
        let mut next = Next::Follow;
        for (place, entry) in entries.into_iter().enumerate() {
            if place > 0 && place % TOGETHER == 0 {
                self.nearby.deliver();
            }
            let entry = Arc::new(entry);
            match self.feed.keep(&entry) {
                Step::Old => continue,
                Step::Next => (),
                Step::Gap => {
                    tracing::warn!(position = %entry.position, "entries of a feed are missing");
                    self.unsettle(entry.position.partition, |_| true);
                    next = Next::ReadJobs;
                }
                Step::Anew => {
                    tracing::warn!(
                        position = %entry.position,
                        "redis began anew and may have lost entries; everybody looks again"
                    );
                    next = Next::BeginAgain;
                    break;
                }
            }
            if entry.kind == Kind::Unreadable {
                metrics::counter!("hub_unreadable_entries_total").increment(1);
                self.unsettle(entry.position.partition, |topic| topic.is_of(&entry));
                next = Next::ReadJobs;
                continue;
            }
            let stamp = Stamp::of(&entry, &self.streams);
            let news = self.topics.publish(&entry, stamp);
            let order = news.as_ref().and_then(crate::channels::News::order);
            self.counters.count(&entry, order);
            self.nearby.hear(&entry, order, stamp);
            if let Some(order) = order {
                self.whereabouts.hear(order);
                self.arrivals.hear(order);
            }
        }
        self.nearby.deliver();
        next
    }

    /// Makes those who follow such topics of a partition look again.
    fn unsettle(&self, partition: u16, is_unsure: impl Fn(&Topic) -> bool) {
        let streams = &self.streams;
        self.topics.unsettle(|it| it.partition(streams) == partition && is_unsure(it));
    }

    /// Goes on from what the feeds have, and has everybody look again. Also at the start: whoever
    /// came before the feeds were read was not told what happened until then.
    async fn begin_again(&self) -> Tail {
        let tail = self.begin().await;
        self.whereabouts.forget();
        self.arrivals.forget();
        self.topics.unsettle(|_| true);
        self.nearby.unsettle();
        tail
    }

    /// Reads what the feeds have, until that works, and goes on from there.
    async fn begin(&self) -> Tail {
        loop {
            match self.try_begin().await {
                Ok(tail) => {
                    self.feed.all_is_told();
                    self.is_following.store(true, Ordering::Release);
                    return tail;
                }
                Err(error) => pause_after(&error).await,
            }
        }
    }

    /// Reads which jobs are on offer, until that works, and has riders look again.
    async fn read_jobs(&self) {
        while let Err(error) = self.nearby.begin(&self.streams).await {
            pause_after(&error).await;
        }
        self.nearby.unsettle();
    }

    async fn try_begin(&self) -> Result<Tail, Error> {
        let partitions = self.streams.partitions();
        let mut from = Vec::with_capacity(usize::from(partitions));
        for partition in 0..partitions {
            let FeedState { epoch, top } = self.streams.feed_state(partition).await?;
            let bytes_max = MEMORY_BYTES / usize::from(partitions);
            let entries = self.streams.recent(partition, bytes_max).await?;
            let place = Place { epoch: epoch.into(), sequence: top.sequence };
            let sequence = self.feed.begin(partition, place, entries);
            from.push(Position { partition, sequence });
        }
        // After the places are known: what changes meanwhile comes again with the feeds.
        self.nearby.begin(&self.streams).await?;
        Ok(Tail::follow(&self.streams, from))
    }

    /// Notices a feed that has gone back before anything is appended to it: from time to time, and
    /// whenever Redis was away.
    async fn watch(&self, check: &Notify, went_back: &Notify) {
        let mut checks = interval(CHECK);
        loop {
            tokio::select! {
                _ = checks.tick() => (),
                () = check.notified() => (),
            }
            for partition in 0..self.streams.partitions() {
                let reached = self.feed.reached(partition);
                // While Redis is away nobody can say; the next check can.
                let Ok(state) = self.streams.feed_state(partition).await else { break };
                self.tell_lag(partition, state.top.sequence);
                if state.top.sequence < reached.sequence || *state.epoch != *reached.epoch {
                    tracing::warn!(
                        position = %state.top,
                        reached = reached.sequence,
                        "redis began anew and may have lost entries; everybody looks again"
                    );
                    went_back.notify_one();
                    break;
                }
            }
        }
    }

    /// Writes down how far behind a feed we are.
    fn tell_lag(&self, partition: u16, top: u64) {
        let labels = [("partition", partition.to_string())];
        let behind = top.saturating_sub(self.feed.reached(partition).sequence);
        gauge!("hub_feed_lag_entries", &labels).set(behind as f64);
        if let Some(newest) = self.feed.newest(partition) {
            gauge!("hub_feed_age_seconds", &labels).set(self.streams.age(&newest));
        }
    }
}

async fn pause_after(error: &Error) {
    tracing::warn!(error = error as &dyn std::error::Error, "the feeds could not be read yet");
    sleep(PATIENCE).await;
}
