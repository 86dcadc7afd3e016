//! What an inbox hands out, and how it is handed back.
//!
//! Redis may lose the end of a feed, and then fills the same places with other entries. Whoever
//! held an entry through that hands back what is gone: so an entry is handed back by its place and
//! the epoch of it, and where another stands by then, nothing happens.

use std::collections::BTreeMap;
use std::slice;
use std::sync::LazyLock;

use futures_util::future::try_join_all;
use redis::Script;

use crate::feed::telling;
use crate::{Entry, Error, Position, Streams};

static ACKNOWLEDGE: LazyLock<Script> =
    LazyLock::new(|| telling(include_str!("scripts/acknowledge.lua")));
static EXCUSE: LazyLock<Script> = LazyLock::new(|| telling(include_str!("scripts/excuse.lua")));

/// An entry to work on.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The entry.
    pub entry: Entry,
    /// How often it has been delivered, this time included.
    pub times: u64,
}

/// What an inbox has seen go wrong since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Entries given up.
    pub dead: u64,
    /// Entries that were gone from the feed before they were worked on. Never, unless somebody
    /// else trims.
    pub trimmed: u64,
}

/// Acknowledges deliveries of one group. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Acknowledger {
    pub(crate) streams: Streams,
    pub(crate) group: &'static str,
    pub(crate) consumer: String,
}

impl Acknowledger {
    /// Says that nobody needs to work on this any more.
    ///
    /// # Errors
    /// If Redis fails; then it is delivered again.
    pub async fn ack(&self, delivery: &Delivery) -> Result<(), Error> {
        self.ack_all(slice::from_ref(delivery)).await
    }

    /// Says so of all of these, in one call for each partition.
    ///
    /// # Errors
    /// If Redis fails; then some of them are delivered again.
    pub async fn ack_all(&self, deliveries: &[Delivery]) -> Result<(), Error> {
        let mut calls = BTreeMap::new();
        for Entry { position, epoch, .. } in deliveries.iter().map(|it| &it.entry) {
            let call = calls.entry(position.partition).or_insert_with(|| {
                let mut call = ACKNOWLEDGE.prepare_invoke();
                let keys = self.streams.keys();
                call.key(keys.feed(position.partition)).key(keys.epoch(position.partition));
                call.arg(self.group);
                call
            });
            call.arg(position.sequence).arg(epoch);
        }
        let ack = async |(partition, call)| self.streams.run::<()>(partition, &call).await;
        let acks = try_join_all(calls.into_iter().map(ack)).await;
        acks.map(drop).map_err(Error::writing("an acknowledgement"))
    }

    /// Says that nothing came of this delivery and that it is not the entry's fault: it comes
    /// again, and this time does not count.
    ///
    /// # Errors
    /// If Redis fails; then it counts.
    pub async fn excuse(&self, delivery: &Delivery) -> Result<(), Error> {
        let Position { partition, sequence } = delivery.entry.position;
        let keys = self.streams.keys();
        let mut call = EXCUSE.prepare_invoke();
        call.key(keys.feed(partition)).key(keys.epoch(partition));
        call.arg(self.group).arg(&self.consumer).arg(sequence).arg(&delivery.entry.epoch);
        call.arg(delivery.times.saturating_sub(1));
        let excused = self.streams.run::<()>(partition, &call).await;
        excused.map_err(Error::writing("how often an entry came"))
    }
}
