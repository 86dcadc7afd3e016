//! What an inbox hands out, and how it is handed back.

use std::collections::BTreeMap;
use std::slice;

use futures_util::future::try_join_all;

use crate::{Entry, Error, Position, Streams};

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
        let mut sequences: BTreeMap<u16, Vec<u64>> = BTreeMap::new();
        for Position { partition, sequence } in deliveries.iter().map(|it| it.entry.position) {
            sequences.entry(partition).or_default().push(sequence);
        }
        let ack = |(partition, sequences): (u16, Vec<u64>)| async move {
            let mut command = redis::cmd("XACK");
            command.arg(self.streams.keys().feed(partition)).arg(self.group);
            sequences.iter().for_each(|sequence| _ = command.arg(format!("{sequence}-0")));
            self.streams.ask(partition, &command).await.map(|_: u64| ())
        };
        let acks = try_join_all(sequences.into_iter().map(ack)).await;
        acks.map(drop).map_err(Error::writing("an acknowledgement"))
    }

    /// Says that nothing came of this delivery and that it is not the entry's fault: it comes
    /// again, and this time does not count.
    ///
    /// # Errors
    /// If Redis fails; then it counts.
    pub async fn excuse(&self, delivery: &Delivery) -> Result<(), Error> {
        let Position { partition, sequence } = delivery.entry.position;
        let mut command = redis::cmd("XCLAIM");
        command.arg(self.streams.keys().feed(partition)).arg(self.group).arg(&self.consumer);
        command.arg(0).arg(format!("{sequence}-0"));
        command.arg("RETRYCOUNT").arg(delivery.times.saturating_sub(1)).arg("JUSTID");
        let claimed = self.streams.ask(partition, &command).await;
        claimed.map(|_: Vec<String>| ()).map_err(Error::writing("how often an entry came"))
    }
}
