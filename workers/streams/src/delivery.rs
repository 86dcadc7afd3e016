//! What an inbox hands out, and how it is handed back.

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
}

impl Acknowledger {
    /// Says that nobody needs to work on this any more.
    ///
    /// # Errors
    /// If Redis fails; then it is delivered again.
    pub async fn ack(&self, delivery: &Delivery) -> Result<(), Error> {
        let Position { partition, sequence } = delivery.entry.position;
        let mut command = redis::cmd("XACK");
        command.arg(self.streams.keys().feed(partition)).arg(self.group);
        command.arg(format!("{sequence}-0"));
        self.streams.ask(partition, &command).await.map_err(Error::writing("an acknowledgement"))
    }
}
