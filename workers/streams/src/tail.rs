//! Follows feeds. Knows how to come back to the same place after any fault.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::{BoxFuture, ready};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use redis::aio::MultiplexedConnection;
use redis::{RedisResult, Value};

use crate::backoff::Backoff;
use crate::feed::found;
use crate::link::Link;
use crate::{Entry, Position, Streams, sabotaged};

/// How long a read waits for news.
const BLOCK: Duration = Duration::from_secs(1);

/// Most entries of each feed in one read. Whoever is behind works on one answer while the next is
/// on its way; larger ones would only be late together.
const BATCH: usize = 100;

/// Follows feeds on connections of its own, from given places on, for ever.
#[derive(Debug)]
pub struct Tail {
    /// What is being read. A cancelled call leaves it here, for the next one.
    reading: FuturesUnordered<BoxFuture<'static, Read>>,
    is_connected: Vec<Arc<AtomicBool>>,
}

/// Entries, and who read them.
type Read = (Vec<Entry>, Reader);

/// Follows feeds that one call can read, on one connection.
struct Reader {
    streams: Streams,
    /// Partitions by the keys of their feeds.
    partitions: HashMap<String, u16>,
    /// The last entry seen of each feed.
    positions: Vec<Position>,
    connection: Option<Link<MultiplexedConnection>>,
    /// The node to connect to, if another has named one.
    asked: Option<String>,
    backoff: Backoff,
    is_connected: Arc<AtomicBool>,
}

impl Tail {
    /// Follows the feeds of these positions, from the entries after them. Connects with the first
    /// [`Tail::next`].
    pub fn follow(streams: &Streams, from: Vec<Position>) -> Tail {
        let mut tail = Tail { reading: FuturesUnordered::new(), is_connected: vec![] };
        for group in streams.groups() {
            let positions: Vec<Position> =
                from.iter().filter(|it| group.contains(&it.partition)).copied().collect();
            if positions.is_empty() {
                continue;
            }
            let is_connected = Arc::<AtomicBool>::default();
            tail.is_connected.push(is_connected.clone());
            let keys = streams.keys();
            let reader = Reader {
                streams: streams.clone(),
                partitions: positions
                    .iter()
                    .map(|it| (keys.feed(it.partition), it.partition))
                    .collect(),
                positions,
                connection: None,
                asked: None,
                backoff: Backoff::default(),
                is_connected,
            };
            tail.reading.push(Box::pin(reader.next()));
        }
        tail
    }

    /// The next entries, in feed order within each partition. Waits for some; connects again by
    /// itself, and then returns none once: Redis may be another, whose feeds have gone back. What
    /// a cancelled call would have returned, the next one returns.
    pub async fn next(&mut self) -> Vec<Entry> {
        match self.reading.next().await {
            Some((entries, reader)) => {
                self.read_on(reader);
                entries
            }
            None => std::future::pending().await,
        }
    }

    /// Asks for what comes next now, so that Redis and the connection are at work on it while the
    /// caller is at work on what came.
    fn read_on(&mut self, reader: Reader) {
        let mut reading = reader.next().boxed();
        let reading = match reading.as_mut().now_or_never() {
            Some(read) => ready(read).boxed(),
            None => reading,
        };
        self.reading.push(reading);
    }

    /// Whether the last read of every feed was answered.
    pub fn is_connected(&self) -> bool {
        self.is_connected.iter().all(|it| it.load(Ordering::Acquire))
    }
}

impl Reader {
    async fn next(mut self) -> Read {
        loop {
            match self.read().await {
                Ok(entries) => {
                    self.is_connected.store(true, Ordering::Release);
                    let is_back = self.backoff.succeeded("following the feeds again");
                    if is_back || !entries.is_empty() {
                        return (entries, self);
                    }
                }
                Err(error) => {
                    self.is_connected.store(false, Ordering::Release);
                    self.connection = None;
                    self.asked = self.streams.lost(&error);
                    self.backoff.failed("lost the feeds", &error).await;
                }
            }
        }
    }

    async fn read(&mut self) -> RedisResult<Vec<Entry>> {
        let Some(first) = self.positions.first() else {
            return std::future::pending().await;
        };
        let connection = match &mut self.connection {
            Some(connection) => connection,
            lost => {
                let asked = self.asked.take();
                let connecting =
                    self.streams.blocking_connection(first.partition, BLOCK, asked.as_deref());
                lost.insert(connecting.await?)
            }
        };
        let keys = self.streams.keys();
        let mut command = redis::cmd("XREAD");
        command.arg("BLOCK").arg(BLOCK.as_millis() as u64).arg("COUNT").arg(BATCH).arg("STREAMS");
        for position in &self.positions {
            command.arg(keys.feed(position.partition));
        }
        for position in &self.positions {
            let seen = format!("{}-0", position.sequence);
            command.arg(sabotaged!("memory-of-place", "$".to_owned(), seen));
        }
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
