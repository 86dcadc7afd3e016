//! Reads entries of a feed, whatever they are.

use bytes::Bytes;
use domain::Timestamp;
use redis::{RedisError, RedisResult, Value};

use super::{Entry, Kind};
use crate::Position;

/// The field with what an entry says beside its body: lines, each a letter and a value.
const ABOUT: &[u8] = b"a";
/// The field with what is true after it.
const BODY: &[u8] = b"b";

/// What is found at a place in a feed.
pub(crate) enum Found {
    Entry(Box<Entry>),
    /// Nothing any more, although somebody was still to read it.
    Trimmed,
    /// Something that this program does not understand: why, and what could be read of it.
    Unreadable(&'static str, Box<Entry>),
}

impl Found {
    /// The entry as followers are told it, if there is one. What cannot be read is logged.
    pub(crate) fn told(self) -> Option<Entry> {
        match self {
            Found::Entry(entry) => Some(*entry),
            Found::Trimmed => None,
            Found::Unreadable(reason, entry) => {
                tracing::error!(position = %entry.position, reason, "an entry cannot be read");
                Some(*entry)
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

/// Reads the fields of one entry.
pub(crate) fn entry(position: Position, fields: Vec<Value>) -> Found {
    let mut entry = Entry {
        position,
        epoch: String::new(),
        kind: Kind::Unreadable,
        order: None,
        store: None,
        customer: None,
        rider: None,
        previous_rider: None,
        order_before: None,
        store_before: None,
        version: 0,
        events: String::new(),
        at: Timestamp(0),
        micros: 0,
        trace: None,
        body: Bytes::new(),
    };
    let mut trouble = None;
    let mut fields = fields.into_iter();
    while let (Some(Value::BulkString(name)), Some(Value::BulkString(value))) =
        (fields.next(), fields.next())
    {
        match name.as_slice() {
            ABOUT => {
                let lines = value.split(|byte| *byte == b'\n');
                for (name, value) in lines.filter_map(<[u8]>::split_first) {
                    // The others are read all the same: they may say whom it concerns.
                    trouble = take(&mut entry, *name, value).err().or(trouble);
                }
            }
            BODY => entry.body = value.into(),
            // Each line was a field of its own once.
            [name] => trouble = take(&mut entry, *name, &value).err().or(trouble),
            // A later program may say more.
            _ => (),
        }
    }
    if entry.kind == Kind::Unreadable {
        trouble = trouble.or(Some("it does not say of what kind it is"));
    }
    match trouble {
        None => Found::Entry(Box::new(entry)),
        Some(reason) => {
            entry.kind = Kind::Unreadable;
            Found::Unreadable(reason, Box::new(entry))
        }
    }
}

/// Takes what is said under this name into an entry.
fn take(entry: &mut Entry, name: u8, value: &[u8]) -> Result<(), &'static str> {
    let text = str::from_utf8(value).map_err(|_| "a field is no text")?;
    match name {
        b'h' => entry.epoch = text.to_owned(),
        b'k' => entry.kind = Kind::named(text).ok_or("an unknown kind of entry")?,
        b'o' => entry.order = Some(text.parse().map_err(|_| "no id of an order")?),
        b's' => entry.store = Some(text.parse().map_err(|_| "no id of a store")?),
        b'c' => entry.customer = Some(text.parse().map_err(|_| "no id of a customer")?),
        b'r' => entry.rider = Some(text.parse().map_err(|_| "no id of a rider")?),
        b'p' => entry.previous_rider = Some(text.parse().map_err(|_| "no id of a rider")?),
        b'x' => entry.order_before = Some(text.parse().map_err(|_| "no place")?),
        b'y' => entry.store_before = Some(text.parse().map_err(|_| "no place")?),
        b'v' => entry.version = text.parse().map_err(|_| "no version")?,
        b'w' => entry.trace = Some(text.into()),
        b'u' => entry.micros = text.parse().map_err(|_| "no microseconds")?,
        b't' => entry.at = Timestamp(text.parse().map_err(|_| "no instant")?),
        b'e' => entry.events = text.to_owned(),
        // A later program may say more.
        _ => (),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Entry {
        let text = |text: &str| Value::BulkString(text.into());
        let fields = fields.iter().flat_map(|(name, value)| [text(name), text(value)]).collect();
        match entry(Position { partition: 1, sequence: 7 }, fields) {
            Found::Entry(entry) => *entry,
            Found::Trimmed => panic!("nothing was found"),
            Found::Unreadable(reason, _) => panic!("{reason}"),
        }
    }

    #[test]
    fn entries_of_before_say_the_same_in_a_field_for_each_letter() {
        let fields = [("k", "store"), ("s", "s-1"), ("v", "5"), ("e", "CookStarted"), ("t", "9")];
        let lines = fields.map(|(name, value)| format!("{name}{value}")).join("\n");
        let now = read(&[("a", &lines), ("b", "{}")]);
        let before = read(&[&fields[..], &[("b", "{}")]].concat());
        assert_eq!((now.version, now.at, now.body.len()), (5, Timestamp(9), 2));
        assert_eq!(format!("{now:?}"), format!("{before:?}"));
    }
}
