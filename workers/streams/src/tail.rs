//! Follows feeds. Knows how to come back to the same place after any fault.

use std::collections::HashMap;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{RedisResult, Value};

use crate::backoff::Backoff;
use crate::feed::found;
use crate::{Entry, Position, Streams};

/// How long a read waits for news.
const BLOCK: Duration = Duration::from_secs(1);

/// Most entries of each feed in one read.
const BATCH: usize = 1_000;

/// Follows feeds on a connection of its own, from given places on, for ever.
#[derive(Debug)]
pub struct Tail {
    streams: Streams,
    /// Partitions by the keys of their feeds.
    partitions: HashMap<String, u16>,
    /// The last entry seen of each feed.
    positions: Vec<Position>,
    connection: Option<MultiplexedConnection>,
    backoff: Backoff,
}

impl Tail {
    /// Follows the feeds of these positions, from the entries after them. Connects with the first
    /// [`Tail::next`]. All feeds have to be on one node.
    pub fn follow(streams: &Streams, from: Vec<Position>) -> Tail {
        let keys = streams.keys();
        let partitions = from.iter().map(|it| (keys.feed(it.partition), it.partition)).collect();
        Tail {
            streams: streams.clone(),
            partitions,
            positions: from,
            connection: None,
            backoff: Backoff::default(),
        }
    }

    /// The next entries, in feed order within each partition. Waits for some; connects again by
    /// itself, and then returns none once: Redis may be another, whose feeds have gone back. What
    /// a cancelled call would have returned, the next one returns.
    pub async fn next(&mut self) -> Vec<Entry> {
        loop {
            match self.read().await {
                Ok(entries) => {
                    let is_back = self.backoff.succeeded("following the feeds again");
                    if is_back || !entries.is_empty() {
                        return entries;
                    }
                }
                Err(error) => {
                    self.connection = None;
                    self.backoff.failed("lost the feeds", &error).await;
                }
            }
        }
    }

    /// Whether the last read was answered.
    pub fn is_connected(&self) -> bool {
        self.connection.is_some() && !self.backoff.is_failing()
    }

    async fn read(&mut self) -> RedisResult<Vec<Entry>> {
        let Some(first) = self.positions.first() else {
            return std::future::pending().await;
        };
        let connection = match &mut self.connection {
            Some(connection) => connection,
            lost => {
                let connection = self.streams.blocking_connection(first.partition, BLOCK).await?;
                lost.insert(connection)
            }
        };
        let keys = self.streams.keys();
        let mut command = redis::cmd("XREAD");
        command.arg("BLOCK").arg(BLOCK.as_millis() as u64).arg("COUNT").arg(BATCH).arg("STREAMS");
        for position in &self.positions {
            command.arg(keys.feed(position.partition));
        }
        for position in &self.positions {
            command.arg(format!("{}-0", position.sequence));
        }
        // A cancelled call leaves its read behind on the connection, where the next call would
        // wait for it; harmless, because the place moves only with an answer that was received.
        let feeds: Option<HashMap<String, Value>> = command.query_async(connection).await?;
        self.take(feeds.unwrap_or_default())
    }

    /// Reads the whole answer, and only then moves on.
    fn take(&mut self, feeds: HashMap<String, Value>) -> RedisResult<Vec<Entry>> {
        let mut batches = Vec::with_capacity(feeds.len());
        for (key, feed) in feeds {
            if let Some(&partition) = self.partitions.get(&key) {
                batches.push((partition, found(partition, feed)?));
            }
        }
        let mut entries = Vec::new();
        for (partition, batch) in batches {
            let seen = self.positions.iter_mut().find(|it| it.partition == partition);
            if let (Some(seen), Some((sequence, _))) = (seen, batch.last()) {
                seen.sequence = *sequence;
            }
            for (_, found) in batch {
                entries.extend(found.told());
            }
        }
        Ok(entries)
    }
}
