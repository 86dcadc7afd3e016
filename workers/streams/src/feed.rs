//! The feed of a partition: everything that happens there, in order. Knows how an entry is kept,
//! not who cares for it.

mod reading;

use std::sync::LazyLock;

use bytes::Bytes;
use domain::{CustomerId, Order, OrderId, RiderId, Store, StoreId, Timestamp};
use redis::Script;
use serde::de::{DeserializeOwned, Error as _};

use crate::customers::CustomerNews;
use crate::{Error, Position, Streams};

#[cfg(feature = "fuzzing")]
pub(crate) use reading::entry;
pub(crate) use reading::{Found, found};

/// Entries of one page when a feed is read backwards.
const PAGE: usize = 500;

static STATE: LazyLock<Script> = LazyLock::new(|| telling(include_str!("scripts/feed_state.lua")));

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An order changed.
    Order,
    /// A store changed.
    Store,
    /// There is news for a customer.
    Customer,
    /// There is news for a rider.
    Rider,
    /// Nobody knows: it is not as this program would have written it. What could be read of whom
    /// it concerns is given; if that is nobody, it may concern anybody.
    Unreadable,
}

impl Kind {
    /// As it is kept.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Order => "order",
            Kind::Store => "store",
            Kind::Customer => "customer",
            Kind::Rider => "rider",
            Kind::Unreadable => "unreadable",
        }
    }

    fn named(name: &str) -> Option<Kind> {
        [Kind::Order, Kind::Store, Kind::Customer, Kind::Rider]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// One entry of a feed. Whom it concerns is ready to use; the body is decoded only where somebody
/// listens.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where it stands.
    pub position: Position,
    /// In which epoch of the feed it was appended: places of different epochs have nothing to do
    /// with each other. Empty if it was written before entries said so.
    pub epoch: String,
    /// What it is about.
    pub kind: Kind,
    /// The order, if it is about one.
    pub order: Option<OrderId>,
    /// Whose order it is to cook, or the store itself.
    pub store: Option<StoreId>,
    /// Who ordered, or whom it is for.
    pub customer: Option<CustomerId>,
    /// Who holds the job after this, or whom it is for.
    pub rider: Option<RiderId>,
    /// Who held the job before this, if somebody else or nobody holds it after.
    pub previous_rider: Option<RiderId>,
    /// Where the entry of the same order stands that came before; 0 if none did. `None` if it was
    /// written before entries said so, or is about something else.
    pub order_before: Option<u64>,
    /// The same of the store.
    pub store_before: Option<u64>,
    /// The order's version after this.
    pub version: u64,
    /// Names of the events, joined by commas.
    pub events: String,
    /// When it was appended, by the clock of Redis.
    pub at: Timestamp,
    /// Microseconds beyond that, 0 to 999; 0 in entries of programs that did not say.
    pub micros: u16,
    /// Where in which trace it was appended, as W3C `traceparent`, if that trace is sent anywhere.
    pub trace: Option<Box<str>>,
    /// What is true after this, as JSON.
    pub body: Bytes,
}

impl Entry {
    /// The order after this. For [`Kind::Order`] and [`Kind::Rider`].
    ///
    /// # Errors
    /// If the body is something else.
    pub fn decode_order(&self) -> Result<Order, Error> {
        self.decode("an order in the feed")
    }

    /// The store after this. For [`Kind::Store`].
    ///
    /// # Errors
    /// If the body is something else.
    pub fn decode_store(&self) -> Result<Store, Error> {
        self.decode("a store in the feed")
    }

    /// The news. For [`Kind::Customer`].
    ///
    /// # Errors
    /// If the body is something else.
    pub fn decode_news(&self) -> Result<CustomerNews, Error> {
        self.decode("news in the feed")
    }

    fn decode<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, Error> {
        decoded(&self.body).map_err(Error::decoding(what))
    }
}

/// What a body says. Looks once whether it is text, and not at each text in it again.
pub(crate) fn decoded<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    let text = str::from_utf8(body).map_err(serde_json::Error::custom)?;
    serde_json::from_str(text)
}

/// How far a feed has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedState {
    /// In which epoch it is. Another begins when Redis may have lost entries: with every start of
    /// Redis, and when a replica takes over.
    pub epoch: String,
    /// Its newest place.
    pub top: Position,
}

impl Streams {
    /// How far a feed has come, and in which epoch it is, at one moment.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn feed_state(&self, partition: u16) -> Result<FeedState, Error> {
        let mut call = STATE.prepare_invoke();
        call.key(self.keys().sequence(partition)).key(self.keys().epoch(partition));
        let (epoch, sequence) =
            self.run(partition, &call).await.map_err(Error::reading("the state of a feed"))?;
        Ok(FeedState { epoch, top: Position { partition, sequence } })
    }

    /// The newest place in a feed.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn feed_top(&self, partition: u16) -> Result<Position, Error> {
        let mut command = redis::cmd("GET");
        command.arg(self.keys().sequence(partition));
        let sequence: Option<u64> =
            self.ask(partition, &command).await.map_err(Error::reading("the top of a feed"))?;
        Ok(Position { partition, sequence: sequence.unwrap_or(0) })
    }

    /// The newest entries of a feed, all of one epoch, whose bodies fit in `bytes_max`; oldest
    /// first.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn recent(&self, partition: u16, bytes_max: usize) -> Result<Vec<Entry>, Error> {
        let mut newest_first = Vec::new();
        let mut bytes = 0;
        let mut before = String::from("+");
        loop {
            let mut command = redis::cmd("XREVRANGE");
            command.arg(self.keys().feed(partition)).arg(&before).arg("-");
            command.arg("COUNT").arg(PAGE);
            let reply = self.ask(partition, &command).await;
            let page = reply
                .and_then(|page| found(partition, page))
                .map_err(Error::reading("the newest entries of a feed"))?;
            let is_last = page.len() < PAGE;
            for (sequence, found) in page {
                before = format!("({sequence}-0");
                let Some(entry) = found.told() else { continue };
                bytes += entry.body.len();
                let is_of_another = |newest: &Entry| newest.epoch != entry.epoch;
                if bytes > bytes_max || newest_first.last().is_some_and(is_of_another) {
                    newest_first.reverse();
                    return Ok(newest_first);
                }
                newest_first.push(entry);
            }
            if is_last {
                newest_first.reverse();
                return Ok(newest_first);
            }
        }
    }
}

#[cfg(feature = "private-redis")]
impl Streams {
    /// Appends an entry as no program of ours would: with these fields. For tests.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn append_unreadable(&self, partition: u16, fields: &[&str]) -> Result<(), Error> {
        let script = telling("return tell(KEYS[1], KEYS[2], KEYS[3], ARGV)");
        let keys = self.keys();
        let mut call = script.prepare_invoke();
        call.key(keys.feed(partition)).key(keys.sequence(partition)).key(keys.epoch(partition));
        fields.iter().for_each(|field| _ = call.arg(*field));
        self.run(partition, &call).await.map_err(Error::writing("an entry"))
    }
}

/// A script that may call what `scripts/feed.lua` defines.
pub(crate) fn telling(code: &str) -> Script {
    Script::new(&[include_str!("scripts/feed.lua"), code].concat())
}
