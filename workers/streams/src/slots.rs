//! Which node has which slot, as the nodes of a cluster tell it.

use std::ops::RangeInclusive;

use redis::{RedisResult, Value};

/// The slots of one primary, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) slots: RangeInclusive<u16>,
    /// `host:port`.
    pub(crate) node: String,
}

/// Reads the answer to `CLUSTER SLOTS`, in the order of slots. A node that does not know its own
/// name is at `asked`, the host that was asked.
pub(crate) fn shares(reply: Value, asked: &str) -> RedisResult<Vec<Share>> {
    let rows: Vec<Vec<Value>> = redis::from_redis_value(reply)?;
    let mut shares = Vec::with_capacity(rows.len());
    for row in rows {
        let mut row = row.into_iter();
        let (Some(first), Some(last), Some(primary)) = (row.next(), row.next(), row.next()) else {
            continue;
        };
        let mut primary = redis::from_redis_value::<Vec<Value>>(primary)?.into_iter();
        let (Some(host), Some(port)) = (primary.next(), primary.next()) else { continue };
        let host: Option<String> = redis::from_redis_value(host)?;
        let host = host.filter(|host| !host.is_empty() && host != "?");
        let host = host.as_deref().unwrap_or(asked);
        let port: u16 = redis::from_redis_value(port)?;
        let slots = redis::from_redis_value(first)?..=redis::from_redis_value(last)?;
        shares.push(Share { slots, node: format!("{host}:{port}") });
    }
    shares.sort_by_key(|share| *share.slots.start());
    Ok(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(host: Value, port: i64) -> Value {
        let id = Value::BulkString(b"0123".to_vec());
        Value::Array(vec![host, Value::Int(port), id, Value::Array(vec![])])
    }

    fn row(first: i64, last: i64, nodes: Vec<Value>) -> Value {
        Value::Array([vec![Value::Int(first), Value::Int(last)], nodes].concat())
    }

    #[test]
    fn the_primary_of_every_range_is_found() {
        let named = |host: &str| Value::BulkString(host.as_bytes().to_vec());
        let reply = Value::Array(vec![
            row(8_000, 16_383, vec![node(named(""), 2), node(named("c"), 3)]),
            row(0, 7_999, vec![node(named("b"), 1)]),
            row(5, 6, vec![node(Value::Nil, 4)]),
        ]);
        let found = shares(reply, "asked").expect("a map");
        let found: Vec<_> = found.iter().map(|it| (*it.slots.start(), it.node.as_str())).collect();
        assert_eq!(found, [(0, "b:1"), (5, "asked:4"), (8_000, "asked:2")]);
    }
}
