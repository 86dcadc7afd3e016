//! Reads what an inbox hands out, from feeds that one call can read, on one connection.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue, RedisResult, Value};
use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::delivery::{Delivery, Losses};
use crate::feed::{Found, found};
use crate::link::Link;
use crate::{Entry, Position, Streams, crash_point};

/// How long a read waits for news.
const BLOCK: Duration = Duration::from_secs(1);

/// How often an entry is delivered before it is given up.
const DELIVERIES_MAX: u64 = 8;

/// What became of one reading.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) ready: VecDeque<Delivery>,
    pub(super) losses: Losses,
}

/// One connection of one consumer.
#[derive(Debug)]
pub(super) struct Reader {
    streams: Streams,
    group: &'static str,
    consumer: String,
    reclaim: Duration,
    partitions: Vec<u16>,
    connection: Option<Link<MultiplexedConnection>>,
    /// The node to connect to, if another has named one.
    asked: Option<String>,
    backoff: Backoff,
    /// Up to where this consumer's own pending entries have been read, partition by partition.
    /// `None` once they all have.
    own: Option<HashMap<u16, u64>>,
    /// Whether a batch is being read. If that fails, entries may be pending and unseen.
    is_reading: bool,
    /// Where the search for entries of others goes on in each partition; empty between searches.
    claiming: VecDeque<(u16, String)>,
    claim_at: Instant,
    read: Read,
}

impl Reader {
    pub(super) fn new(
        streams: &Streams,
        group: &'static str,
        consumer: String,
        reclaim: Duration,
        partitions: Vec<u16>,
    ) -> Reader {
        Reader {
            streams: streams.clone(),
            group,
            consumer,
            reclaim,
            partitions,
            connection: None,
            asked: None,
            backoff: Backoff::default(),
            own: None,
            is_reading: true,
            claiming: VecDeque::new(),
            claim_at: Instant::now(),
            read: Read::default(),
        }
    }

    /// Reads once: what there is, or nothing after about a second. `max` is for all feeds there
    /// are, of which these are some.
    pub(super) async fn next(mut self, max: usize) -> (Read, Reader) {
        if self.is_reading {
            // Whatever came of the last read is pending for this consumer, and is read again.
            self.read.ready.clear();
            self.own = Some(self.partitions.iter().map(|partition| (*partition, 0)).collect());
        }
        self.is_reading = true;
        match self.fill(max).await {
            Ok(()) => {
                self.is_reading = false;
                self.backoff.succeeded("reading the inbox again");
            }
            Err(error) if error.code() == Some("NOGROUP") => {
                tracing::warn!(group = self.group, "a group is gone and is made again");
                if let Err(error) = self.make_groups().await {
                    self.backoff.failed("lost the inbox", &error).await;
                }
            }
            Err(error) => {
                self.connection = None;
                self.asked = self.streams.lost(&error);
                self.backoff.failed("lost the inbox", &error).await;
            }
        }
        let mut read = std::mem::take(&mut self.read);
        if self.is_reading {
            read.ready.clear();
        }
        (read, self)
    }

    /// Reads one batch: what is this consumer's already, then what others left lying, then news.
    async fn fill(&mut self, max: usize) -> RedisResult<()> {
        let count = (max / usize::from(self.streams.partitions())).max(1);
        if let Some(own) = self.own.clone() {
            return self.read_own(own, count).await;
        }
        if self.claiming.is_empty() && self.claim_at <= Instant::now() {
            let begin = |partition: &u16| (*partition, "0-0".to_owned());
            self.claiming = self.partitions.iter().map(begin).collect();
            self.claim_at = Instant::now() + self.reclaim / 2;
        }
        while let Some((partition, cursor)) = self.claiming.front().cloned() {
            self.claim(partition, &cursor, count).await?;
            if !self.read.ready.is_empty() {
                return Ok(());
            }
        }
        let batches = self.read(vec![">".to_owned(); self.partitions.len()], count, BLOCK).await?;
        if !batches.is_empty() {
            crash_point!("inbox.read");
        }
        for (partition, batch) in batches {
            self.take(partition, batch, false).await?;
        }
        Ok(())
    }

    /// Reads entries that this consumer was given before and that it may never have seen.
    async fn read_own(&mut self, mut own: HashMap<u16, u64>, count: usize) -> RedisResult<()> {
        let place = |partition| own.get(partition).copied().unwrap_or(0);
        let from = self.partitions.iter().map(|it| format!("{}-0", place(it))).collect();
        let batches = self.read(from, count, Duration::ZERO).await?;
        let mut is_done = true;
        for (partition, batch) in batches {
            if let Some((sequence, _)) = batch.last() {
                own.insert(partition, *sequence);
                is_done = false;
            }
            self.take(partition, batch, true).await?;
        }
        self.own = (!is_done).then_some(own);
        Ok(())
    }

    /// Takes entries over that nobody has worked on for long; on to the next partition when a
    /// partition has been gone through.
    async fn claim(&mut self, partition: u16, cursor: &str, count: usize) -> RedisResult<()> {
        let mut command = redis::cmd("XAUTOCLAIM");
        command.arg(self.streams.keys().feed(partition)).arg(self.group).arg(&self.consumer);
        command.arg(self.reclaim.as_millis() as u64).arg(cursor).arg("COUNT").arg(count);
        let (next, entries, trimmed): (String, Value, Vec<String>) = self.ask(&command).await?;
        self.claiming.pop_front();
        if next != "0-0" {
            self.claiming.push_front((partition, next));
        }
        self.note_trimmed(partition, trimmed.len());
        self.take(partition, found(partition, entries)?, true).await
    }

    /// Makes a batch ready to be handed out. What cannot be is given up.
    async fn take(
        &mut self,
        partition: u16,
        batch: Vec<(u64, Found)>,
        is_again: bool,
    ) -> RedisResult<()> {
        let sequences: Vec<u64> = batch.iter().map(|(sequence, _)| *sequence).collect();
        let times = match is_again {
            true => self.times(partition, &sequences).await?,
            false => vec![1; sequences.len()],
        };
        for ((sequence, found), times) in batch.into_iter().zip(times) {
            match found {
                Found::Entry(entry) if times <= DELIVERIES_MAX => {
                    self.read.ready.push_back(Delivery { entry: *entry, times });
                }
                Found::Entry(entry) => {
                    let reason = format!("delivered {DELIVERIES_MAX} times and never done");
                    self.bury(&entry, &reason).await?;
                }
                Found::Unreadable(reason, entry) => {
                    self.bury(&entry, reason).await?;
                }
                Found::Trimmed => {
                    self.acknowledge(Position { partition, sequence }).await?;
                    self.note_trimmed(partition, 1);
                }
            }
        }
        Ok(())
    }

    async fn bury(&mut self, entry: &Entry, reason: &str) -> RedisResult<()> {
        if self.streams.bury(self.group, entry, reason).await? {
            self.read.losses.dead += 1;
        }
        Ok(())
    }

    fn note_trimmed(&mut self, partition: u16, count: usize) {
        if count > 0 {
            tracing::error!(partition, count, "entries were trimmed before they were worked on");
            self.read.losses.trimmed += count as u64;
        }
    }

    /// How often each entry has been delivered.
    async fn times(&mut self, partition: u16, sequences: &[u64]) -> RedisResult<Vec<u64>> {
        if sequences.is_empty() {
            return Ok(vec![]);
        }
        let feed = self.streams.keys().feed(partition);
        let mut pipe = redis::pipe();
        for sequence in sequences {
            let id = format!("{sequence}-0");
            pipe.cmd("XPENDING").arg(&feed).arg(self.group).arg(&id).arg(&id).arg(1);
        }
        let pending: Vec<Vec<(String, String, u64, u64)>> =
            self.streams.ask_all(partition, &pipe).await?;
        // Somebody else may have acknowledged it meanwhile.
        Ok(pending.iter().map(|it| it.first().map_or(1, |(.., times)| *times)).collect())
    }

    /// Lets a place go where there is no entry any more.
    async fn acknowledge(&self, Position { partition, sequence }: Position) -> RedisResult<()> {
        let mut command = redis::cmd("XACK");
        command.arg(self.streams.keys().feed(partition)).arg(self.group);
        self.streams.ask(partition, command.arg(format!("{sequence}-0"))).await
    }

    /// Reads of each feed what comes after `from`.
    async fn read(
        &mut self,
        from: Vec<String>,
        count: usize,
        block: Duration,
    ) -> RedisResult<Vec<(u16, Vec<(u64, Found)>)>> {
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(self.group).arg(&self.consumer).arg("COUNT").arg(count);
        if !block.is_zero() {
            command.arg("BLOCK").arg(block.min(self.reclaim / 2).as_millis().max(1) as u64);
        }
        command.arg("STREAMS");
        let keys = self.streams.keys();
        let feeds: HashMap<String, u16> =
            self.partitions.iter().map(|partition| (keys.feed(*partition), *partition)).collect();
        for partition in &self.partitions {
            command.arg(keys.feed(*partition));
        }
        command.arg(from);
        let read: Option<HashMap<String, Value>> = self.ask(&command).await?;
        let mut batches = Vec::new();
        for (key, feed) in read.unwrap_or_default() {
            if let Some(&partition) = feeds.get(&key) {
                batches.push((partition, found(partition, feed)?));
            }
        }
        Ok(batches)
    }

    /// Sends a command on the connection of this reader.
    async fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> RedisResult<T> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            lost => {
                let partition = self.partitions.first().copied().unwrap_or(0);
                let asked = self.asked.take();
                let connecting =
                    self.streams.blocking_connection(partition, BLOCK, asked.as_deref());
                lost.insert(connecting.await?)
            }
        };
        command.query_async(connection).await
    }

    /// Makes sure that the group stands in every feed, from the first entry on.
    pub(super) async fn make_groups(&self) -> RedisResult<()> {
        for &partition in &self.partitions {
            let mut command = redis::cmd("XGROUP");
            command.arg("CREATE").arg(self.streams.keys().feed(partition)).arg(self.group);
            command.arg("0").arg("MKSTREAM");
            match self.streams.ask::<()>(partition, &command).await {
                Err(error) if error.code() == Some("BUSYGROUP") => (),
                made => made?,
            }
        }
        Ok(())
    }
}
