//! A consumer group's share of the feeds: every entry until somebody of the group acknowledges it.
//! Knows nothing of what is done about an entry.

mod reader;

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::delivery::{Acknowledger, Delivery, Losses};
use crate::{Error, Streams};
use reader::{Read, Reader};

/// One consumer of a group, over all feeds, on connections of its own.
#[derive(Debug)]
pub struct Inbox {
    streams: Streams,
    group: &'static str,
    consumer: String,
    /// Those that wait for the next call.
    idle: Vec<Reader>,
    /// What is being read. A cancelled call leaves it here, for the next one.
    reading: FuturesUnordered<BoxFuture<'static, (Read, Reader)>>,
    ready: VecDeque<Delivery>,
    losses: Losses,
}

impl Inbox {
    /// Joins a group, from the first entry of every feed if it is new. `consumer` is unique among
    /// all that ever join. Entries that somebody holds for longer than `reclaim` are taken over,
    /// so it has to exceed the longest work on one.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn open(
        streams: &Streams,
        group: &'static str,
        consumer: String,
        reclaim: Duration,
    ) -> Result<Inbox, Error> {
        let reader =
            |partitions| Reader::new(streams, group, consumer.clone(), reclaim, partitions);
        let idle: Vec<Reader> = streams.groups().into_iter().map(reader).collect();
        for reader in &idle {
            reader.make_groups().await.map_err(Error::writing("a consumer group"))?;
        }
        Ok(Inbox {
            streams: streams.clone(),
            group,
            consumer,
            idle,
            reading: FuturesUnordered::new(),
            ready: VecDeque::new(),
            losses: Losses::default(),
        })
    }

    /// The next deliveries, at most `max`; none if there is nothing for about a second, or Redis
    /// cannot be reached. Connects again by itself. What a cancelled call would have returned is
    /// returned by a later one.
    pub async fn next(&mut self, max: usize) -> Vec<Delivery> {
        if self.ready.is_empty() {
            for reader in self.idle.drain(..) {
                self.reading.push(reader.next(max).boxed());
            }
            let first = self.reading.next().await;
            first.into_iter().for_each(|it| self.take(it));
            while let Some(Some(read)) = self.reading.next().now_or_never() {
                self.take(read);
            }
        }
        self.ready.drain(..max.min(self.ready.len())).collect()
    }

    /// Reads no more. What Redis has handed out by then would otherwise wait until somebody takes
    /// it over: this is the last of it. Takes about a second.
    pub async fn close(mut self) -> Vec<Delivery> {
        while let Some(read) = self.reading.next().await {
            self.take(read);
        }
        self.ready.into()
    }

    /// Acknowledges what this inbox delivers, from any task.
    pub fn acknowledger(&self) -> Acknowledger {
        let (streams, consumer) = (self.streams.clone(), self.consumer.clone());
        Acknowledger { streams, group: self.group, consumer }
    }

    /// What has gone wrong so far.
    pub fn losses(&self) -> Losses {
        self.losses
    }

    fn take(&mut self, (read, reader): (Read, Reader)) {
        self.ready.extend(read.ready);
        self.losses.dead += read.losses.dead;
        self.losses.trimmed += read.losses.trimmed;
        self.idle.push(reader);
    }
}
