//! Entries by the thousand, as fast as Redis takes them, for those who measure what becomes of
//! entries. The product appends by scripts, which check what may be appended.

use domain::Order;

use crate::{Error, Streams};

/// How the feed is kept short meanwhile: far longer than anybody who follows is behind.
const KEPT_MAX: [&str; 3] = ["MAXLEN", "~", "20000"];
/// Sequences that are promised at once.
const PROMISED: u64 = 1_000;

/// Writes entries of one feed, to which nobody else may append meanwhile.
#[derive(Debug)]
pub struct FeedWriter {
    feed: String,
    sequence_key: String,
    epoch: String,
    sequence: u64,
    /// Up to here Redis believes the feed to go. Never behind it: followers would think that it had
    /// lost something.
    promised: u64,
}

/// An order of which the feed is told again and again: all of an entry but its body, which names a
/// later version each time.
#[derive(Clone, Debug)]
pub struct Retold {
    order: String,
    store: String,
    customer: String,
    event: &'static str,
}

impl Retold {
    /// Of `order`, as if `event` had just happened to it.
    pub fn of(order: &Order, event: &'static str) -> Retold {
        Retold {
            order: order.id.to_string(),
            store: order.shop.id.as_str().to_owned(),
            customer: order.customer.as_str().to_owned(),
            event,
        }
    }
}

impl Streams {
    /// Goes on where the feed is.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn feed_writer(&self, partition: u16) -> Result<FeedWriter, Error> {
        let state = self.feed_state(partition).await?;
        Ok(FeedWriter {
            feed: self.keys().feed(partition),
            sequence_key: self.keys().sequence(partition),
            epoch: state.epoch,
            sequence: state.top.sequence,
            promised: state.top.sequence,
        })
    }
}

impl FeedWriter {
    /// Adds to `out` the commands that append an entry at this instant, in microseconds since the
    /// epoch of Unix. Redis gives a reply to each.
    pub fn write(
        &mut self,
        out: &mut Vec<u8>,
        retold: &Retold,
        version: u64,
        body: &[u8],
        at_micros: u64,
    ) {
        self.sequence += 1;
        if self.sequence > self.promised {
            self.promised += PROMISED;
            redis::cmd("SET").arg(&self.sequence_key).arg(self.promised).write_packed_command(out);
        }
        let Retold { order, store, customer, event } = retold;
        let mut append = redis::cmd("XADD");
        append.arg(&self.feed).arg(&KEPT_MAX).arg(format!("{}-0", self.sequence));
        let (millis, micros, epoch) = (at_micros / 1_000, at_micros % 1_000, &self.epoch);
        append.arg("a").arg(format!(
            "t{millis}\nu{micros}\nh{epoch}\nkorder\no{order}\ns{store}\nc{customer}\nv{version}\ne{event}"
        ));
        append.arg("b").arg(body);
        append.write_packed_command(out);
    }
}
