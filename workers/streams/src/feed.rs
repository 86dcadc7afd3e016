//! The feed of a partition: everything that happens there, in order. Knows how an entry is kept,
//! not who cares for it.

use bytes::Bytes;
use domain::{CustomerId, Order, OrderId, RiderId, Store, StoreId, Timestamp};
use redis::{RedisError, RedisResult, Script, Value};
use serde::de::DeserializeOwned;

use crate::customers::CustomerNews;
use crate::{Error, Position, Streams};

/// Entries of one page when a feed is read backwards.
const PAGE: usize = 500;

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
}

impl Kind {
    /// As it is kept.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Order => "order",
            Kind::Store => "store",
            Kind::Customer => "customer",
            Kind::Rider => "rider",
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
    /// The order's version after this.
    pub version: u64,
    /// Names of the events, joined by commas.
    pub events: String,
    /// When it was appended.
    pub at: Timestamp,
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
        serde_json::from_slice(&self.body).map_err(Error::decoding(what))
    }
}

impl Streams {
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

    /// The newest entries of a feed whose bodies fit in `bytes_max`, oldest first.
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
                let Some(entry) = found.readable(Position { partition, sequence }) else {
                    continue;
                };
                bytes += entry.body.len();
                if bytes > bytes_max {
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

/// A script that may call what `scripts/feed.lua` defines.
pub(crate) fn telling(code: &str) -> Script {
    Script::new(&[include_str!("scripts/feed.lua"), code].concat())
}

/// What is found at a place in a feed.
pub(crate) enum Found {
    Entry(Box<Entry>),
    /// Nothing any more, although somebody was still to read it.
    Trimmed,
    /// Something that this program does not understand.
    Unreadable(&'static str),
}

impl Found {
    /// The entry, if there is one; what cannot be read is only logged.
    pub(crate) fn readable(self, position: Position) -> Option<Entry> {
        match self {
            Found::Entry(entry) => Some(*entry),
            Found::Trimmed => None,
            Found::Unreadable(reason) => {
                tracing::error!(%position, reason, "skipped an entry that cannot be read");
                None
            }
        }
    }
}

/// Reads the answer to `XRANGE` and its like: places of a feed with what is found there.
pub(crate) fn found(partition: u16, reply: Value) -> RedisResult<Vec<(u64, Found)>> {
    let entries: Vec<(String, Option<Vec<Value>>)> = redis::from_redis_value(reply)?;
    let read = |(id, fields): (String, Option<Vec<Value>>)| {
        let sequence = sequence_of(&id)?;
        let position = Position { partition, sequence };
        Ok((sequence, fields.map_or(Found::Trimmed, |fields| entry(position, fields))))
    };
    entries.into_iter().map(read).collect()
}

/// The sequence in a stream id of ours, `<sequence>-0`.
pub(crate) fn sequence_of(id: &str) -> RedisResult<u64> {
    let sequence = id.split('-').next().and_then(|sequence| sequence.parse().ok());
    sequence.ok_or_else(|| {
        RedisError::from((redis::ErrorKind::UnexpectedReturnType, "not the id of an entry"))
    })
}

fn entry(position: Position, fields: Vec<Value>) -> Found {
    match try_entry(position, fields) {
        Ok(entry) => Found::Entry(Box::new(entry)),
        Err(reason) => Found::Unreadable(reason),
    }
}

fn try_entry(position: Position, fields: Vec<Value>) -> Result<Entry, &'static str> {
    let mut kind = None;
    let mut entry = Entry {
        position,
        kind: Kind::Order,
        order: None,
        store: None,
        customer: None,
        rider: None,
        previous_rider: None,
        version: 0,
        events: String::new(),
        at: Timestamp(0),
        body: Bytes::new(),
    };
    let mut fields = fields.into_iter();
    while let (Some(Value::BulkString(name)), Some(Value::BulkString(value))) =
        (fields.next(), fields.next())
    {
        if name == b"b" {
            entry.body = value.into();
            continue;
        }
        let text = str::from_utf8(&value).map_err(|_| "a field is no text")?;
        match name.as_slice() {
            b"k" => kind = Kind::named(text),
            b"o" => entry.order = Some(text.parse().map_err(|_| "no id of an order")?),
            b"s" => entry.store = Some(text.parse().map_err(|_| "no id of a store")?),
            b"c" => entry.customer = Some(text.parse().map_err(|_| "no id of a customer")?),
            b"r" => entry.rider = Some(text.parse().map_err(|_| "no id of a rider")?),
            b"p" => entry.previous_rider = Some(text.parse().map_err(|_| "no id of a rider")?),
            b"v" => entry.version = text.parse().map_err(|_| "no version")?,
            b"t" => entry.at = Timestamp(text.parse().map_err(|_| "no instant")?),
            b"e" => entry.events = text.to_owned(),
            // A later program may say more.
            _ => (),
        }
    }
    entry.kind = kind.ok_or("an unknown kind of entry")?;
    Ok(entry)
}
