//! Following the feeds: first what they have, then what comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use streams::{Entry, Error, Position, Streams, Tail};
use tokio::sync::Notify;
use tokio::time::{interval, sleep};

use super::{Feed, MEMORY_BYTES, Place, Step};
use crate::counters::Counters;
use crate::nearby::Nearby;
use crate::topics::{Topics, Whereabouts};

/// Between two attempts to read the feeds for the first time.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often it is asked whether a feed has gone back: one small read for each.
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
    pub(crate) is_following: Arc<AtomicBool>,
}

impl Follower {
    /// Follows for ever. Whoever spawned it stops it.
    pub(crate) async fn run(self) {
        let went_back = Notify::new();
        let mut tail = self.begin().await;
        let follow = async {
            loop {
                // Dropping a read half way costs the next one a second, so only for good reason.
                tokio::select! {
                    entries = tail.next() => self.take(entries),
                    () = went_back.notified() => {
                        tail = self.begin().await;
                        self.topics.unsettle();
                        self.nearby.unsettle();
                    }
                }
            }
        };
        tokio::join!(follow, self.watch(&went_back));
    }

    fn take(&self, entries: Vec<Entry>) {
        for entry in entries {
            let entry = Arc::new(entry);
            match self.feed.keep(&entry) {
                Step::Old => continue,
                Step::Next => (),
                Step::Gap => {
                    tracing::warn!(position = %entry.position, "entries of a feed are missing");
                    self.topics.unsettle();
                    self.nearby.unsettle();
                }
            }
            let news = self.topics.publish(&entry);
            let order = news.as_ref().and_then(crate::channels::News::order);
            self.counters.count(&entry, order);
            self.nearby.hear(&entry, order);
            if let Some(order) = order {
                self.whereabouts.hear(order);
            }
        }
    }

    /// Reads what the feeds have, until that works, and goes on from there.
    async fn begin(&self) -> Tail {
        loop {
            match self.try_begin().await {
                Ok(tail) => {
                    self.is_following.store(true, Ordering::Release);
                    return tail;
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the feeds could not be read yet"
                    );
                    sleep(PATIENCE).await;
                }
            }
        }
    }

    async fn try_begin(&self) -> Result<Tail, Error> {
        let partitions = self.streams.partitions();
        let mut from = Vec::with_capacity(usize::from(partitions));
        for partition in 0..partitions {
            let epoch = self.streams.epoch(partition).await?.into();
            let bytes_max = MEMORY_BYTES / usize::from(partitions);
            let entries = self.streams.recent(partition, bytes_max).await?;
            let sequence = match entries.last() {
                Some(newest) => newest.position.sequence,
                None => self.streams.feed_top(partition).await?.sequence,
            };
            self.feed.begin(partition, Place { epoch, sequence }, entries);
            from.push(Position { partition, sequence });
        }
        // After the places are known: what changes meanwhile comes again with the feeds.
        self.nearby.begin(&self.streams).await?;
        Ok(Tail::follow(&self.streams, from))
    }

    /// Notices a feed that is shorter than what was read of it: a failover lost the newest
    /// entries, and what takes their places would never be seen.
    async fn watch(&self, went_back: &Notify) {
        let mut checks = interval(CHECK);
        loop {
            checks.tick().await;
            for partition in 0..self.streams.partitions() {
                let reached = self.feed.reached(partition);
                // While Redis is away nobody can say; the next check can.
                let Ok(top) = self.streams.feed_top(partition).await else { break };
                let Ok(epoch) = self.streams.epoch(partition).await else { break };
                if top.sequence < reached.sequence || *epoch != *reached.epoch {
                    tracing::error!(
                        position = %top,
                        reached = reached.sequence,
                        "a feed has gone back; everybody looks again"
                    );
                    went_back.notify_one();
                    break;
                }
            }
        }
    }
}
