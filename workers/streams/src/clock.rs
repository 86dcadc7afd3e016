//! Time as Redis tells it: which orders are due, and what of the feeds is old enough to go.

use std::sync::LazyLock;
use std::time::Duration;

use domain::{OrderId, Timestamp};
use redis::Script;

use crate::feed::telling;
use crate::{Error, Streams};

/// Most entries that are trimmed at once: Redis does nothing else meanwhile.
const TRIMMED_MAX: u64 = 10_000;

static DUE: LazyLock<Script> = LazyLock::new(|| telling(include_str!("scripts/due.lua")));
static FORGET_DUE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/forget_due.lua")));
static TRIM: LazyLock<Script> = LazyLock::new(|| telling(include_str!("scripts/trim.lua")));

/// Orders whose deadline has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// By the clock of Redis.
    pub now: Timestamp,
    /// Whose deadline is not after it, the longest overdue first.
    pub orders: Vec<OrderId>,
}

impl Streams {
    /// The orders of a partition that are due, at most `limit`.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn due(&self, partition: u16, limit: usize) -> Result<Due, Error> {
        let mut call = DUE.prepare_invoke();
        call.key(self.keys().due(partition)).arg(limit);
        let (now, ids): (u64, Vec<String>) =
            self.run(partition, &call).await.map_err(Error::reading("what is due"))?;
        Ok(Due { now: Timestamp(now), orders: order_ids(ids)? })
    }

    /// Removes an order from those that are due, if its log still has `version` events. For an
    /// order that has no deadline, which stands there only after a bug.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn forget_due(&self, id: OrderId, version: u64) -> Result<(), Error> {
        let mut call = FORGET_DUE.prepare_invoke();
        call.key(self.keys().due(id.partition())).key(self.keys().log(id));
        call.arg(id.to_string()).arg(version);
        self.run(id.partition(), &call).await.map_err(Error::writing("what is due"))
    }

    /// Removes entries from the head of a feed: those that every group has read and acknowledged
    /// and that are older than `keep`. Returns how many; a call leaves the rest to the next.
    /// Without any group nothing goes: the first to come has yet to read everything.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn trim(&self, partition: u16, keep: Duration) -> Result<u64, Error> {
        let mut call = TRIM.prepare_invoke();
        call.key(self.keys().feed(partition)).arg(keep.as_millis() as u64).arg(TRIMMED_MAX);
        self.run(partition, &call).await.map_err(Error::writing("the head of a feed"))
    }

    /// What time it is.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn now(&self) -> Result<Timestamp, Error> {
        let time = self.ask(0, &redis::cmd("TIME")).await;
        time.map(timestamp).map_err(Error::reading("the time"))
    }
}

/// Reads the answer to `TIME`: seconds and microseconds.
pub(crate) fn timestamp((seconds, micros): (u64, u64)) -> Timestamp {
    Timestamp(seconds * 1_000 + micros / 1_000)
}

/// Reads ids of orders that we wrote.
pub(crate) fn order_ids(texts: Vec<String>) -> Result<Vec<OrderId>, Error> {
    let parse = |text: String| {
        text.parse().map_err(|_| Error::Broken(format!("{text:?} is no id of an order")))
    };
    texts.into_iter().map(parse).collect()
}
