//! A consumer group's share of the feeds: every entry until somebody of the group acknowledges it.
//! Knows nothing of what is done about an entry.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue, RedisResult, Value};
use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::delivery::{Acknowledger, Delivery, Losses};
use crate::feed::{Found, found};
use crate::{Entry, Error, Position, Streams};

/// How long a read waits for news.
const BLOCK: Duration = Duration::from_secs(1);

/// How often an entry is delivered before it is given up.
const DELIVERIES_MAX: u64 = 8;

/// One consumer of a group, over all feeds, on a connection of its own.
#[derive(Debug)]
pub struct Inbox {
    streams: Streams,
    group: &'static str,
    consumer: String,
    reclaim: Duration,
    /// Partitions by the keys of their feeds.
    partitions: HashMap<String, u16>,
    connection: Option<MultiplexedConnection>,
    backoff: Backoff,
    /// Up to where this consumer's own pending entries have been read, partition by partition.
    /// `None` once they all have.
    own: Option<Vec<u64>>,
    /// Whether a batch is being read. If that never ends, entries are pending and unseen.
    is_reading: bool,
    /// Where the search for entries of others goes on in each partition; empty between searches.
    claiming: VecDeque<(u16, String)>,
    claim_at: Instant,
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
        let all = 0..streams.partitions();
        let inbox = Inbox {
            streams: streams.clone(),
            group,
            consumer,
            reclaim,
            partitions: all.map(|it| (streams.keys().feed(it), it)).collect(),
            connection: None,
            backoff: Backoff::default(),
            own: None,
            is_reading: true,
            claiming: VecDeque::new(),
            claim_at: Instant::now(),
            ready: VecDeque::new(),
            losses: Losses::default(),
        };
        inbox.make_groups().await.map_err(Error::writing("a consumer group"))?;
        Ok(inbox)
    }

    /// The next deliveries, at most `max`; none if there is nothing for about a second, or Redis
    /// cannot be reached. Connects again by itself. What a cancelled call would have returned is
    /// returned by a later one.
    pub async fn next(&mut self, max: usize) -> Vec<Delivery> {
        if self.is_reading {
            // Whatever came of the last read is pending for this consumer, and is read again.
            self.ready.clear();
            self.own = Some(vec![0; usize::from(self.streams.partitions())]);
        }
        if self.ready.is_empty() {
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
                    return Vec::new();
                }
                Err(error) => {
                    self.connection = None;
                    self.backoff.failed("lost the inbox", &error).await;
                    return Vec::new();
                }
            }
        }
        self.ready.drain(..max.min(self.ready.len())).collect()
    }

    /// Acknowledges what this inbox delivers, from any task.
    pub fn acknowledger(&self) -> Acknowledger {
        Acknowledger { streams: self.streams.clone(), group: self.group }
    }

    /// What has gone wrong so far.
    pub fn losses(&self) -> Losses {
        self.losses
    }

    /// Reads one batch: what is this consumer's already, then what others left lying, then news.
    async fn fill(&mut self, max: usize) -> RedisResult<()> {
        let count = (max / usize::from(self.streams.partitions())).max(1);
        if let Some(own) = self.own.clone() {
            return self.read_own(own, count).await;
        }
        if self.claiming.is_empty() && self.claim_at <= Instant::now() {
            let all = 0..self.streams.partitions();
            self.claiming = all.map(|partition| (partition, "0-0".to_owned())).collect();
            self.claim_at = Instant::now() + self.reclaim / 2;
        }
        while let Some((partition, cursor)) = self.claiming.front().cloned() {
            self.claim(partition, &cursor, count).await?;
            if !self.ready.is_empty() {
                return Ok(());
            }
        }
        let batches = self.read(vec![">".to_owned(); self.partitions.len()], count, BLOCK).await?;
        for (partition, batch) in batches {
            self.take(partition, batch, false).await?;
        }
        Ok(())
    }

    /// Reads entries that this consumer was given before and that it may never have seen.
    async fn read_own(&mut self, mut own: Vec<u64>, count: usize) -> RedisResult<()> {
        let from = own.iter().map(|sequence| format!("{sequence}-0")).collect();
        let batches = self.read(from, count, Duration::ZERO).await?;
        let mut is_done = true;
        for (partition, batch) in batches {
            if let Some((sequence, _)) = batch.last() {
                own[usize::from(partition)] = *sequence;
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
            let position = Position { partition, sequence };
            match found {
                Found::Entry(entry) if times <= DELIVERIES_MAX => {
                    self.ready.push_back(Delivery { entry: *entry, times });
                }
                Found::Entry(entry) => {
                    let reason = format!("delivered {DELIVERIES_MAX} times and never done");
                    self.bury(position, Some(&entry), &reason).await?;
                }
                Found::Unreadable(reason, entry) => {
                    self.bury(position, Some(&entry), reason).await?;
                }
                Found::Trimmed => {
                    self.acknowledge(position).await?;
                    self.note_trimmed(partition, 1);
                }
            }
        }
        Ok(())
    }

    async fn bury(
        &mut self,
        position: Position,
        entry: Option<&Entry>,
        reason: &str,
    ) -> RedisResult<()> {
        let order = entry.and_then(|it| it.order);
        if self.streams.bury(self.group, position, order, reason).await? {
            self.losses.dead += 1;
        }
        Ok(())
    }

    fn note_trimmed(&mut self, partition: u16, count: usize) {
        if count > 0 {
            tracing::error!(partition, count, "entries were trimmed before they were worked on");
            self.losses.trimmed += count as u64;
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
        for partition in 0..self.streams.partitions() {
            command.arg(self.streams.keys().feed(partition));
        }
        command.arg(from);
        let feeds: Option<HashMap<String, Value>> = self.ask(&command).await?;
        let mut batches = Vec::new();
        for (key, feed) in feeds.unwrap_or_default() {
            if let Some(&partition) = self.partitions.get(&key) {
                batches.push((partition, found(partition, feed)?));
            }
        }
        Ok(batches)
    }

    /// Sends a command on the connection of this inbox.
    async fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> RedisResult<T> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            lost => lost.insert(self.streams.blocking_connection(0, BLOCK).await?),
        };
        command.query_async(connection).await
    }

    /// Makes sure that the group stands in every feed, from the first entry on.
    async fn make_groups(&self) -> RedisResult<()> {
        for partition in 0..self.streams.partitions() {
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
