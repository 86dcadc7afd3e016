//! What is read from Redis, as this crate reads it: for whoever throws bytes at it.

use domain::{Order, OrderId, Store, Timestamp};
use redis::Value;

use crate::customers::{Alert, OrderStatus};
use crate::feed::{decoded, entry};
use crate::orders::read_log;
use crate::tracks::{Track, track};
use crate::{Dead, Entry, Error, Loaded, Position, customers, dead, stores};

/// The elements of an order's log.
///
/// # Errors
/// If they are not as we write them.
pub fn log(id: OrderId, elements: &[String], now: Timestamp) -> Result<Option<Loaded>, Error> {
    read_log(id, elements, now)
}

/// The fields of an entry of a feed, name after value.
pub fn told(position: Position, fields: impl IntoIterator<Item = Vec<u8>>) -> Option<Entry> {
    entry(position, fields.into_iter().map(Value::BulkString).collect()).told()
}

/// The body of an entry of a feed, as an order.
///
/// # Errors
/// If it is none.
pub fn order(json: &[u8]) -> Result<Order, serde_json::Error> {
    decoded(json)
}

/// What is kept of a store.
///
/// # Errors
/// If it is not as we write it.
pub fn store(json: &str) -> Result<Store, Error> {
    stores::decode(json)
}

/// What is kept of an order for its customer.
///
/// # Errors
/// If it is not as we write it.
pub fn status(stored: &str) -> Result<OrderStatus, Error> {
    customers::decode(stored)
}

/// Something that a customer was told.
///
/// # Errors
/// If it is not as we write it.
pub fn alert(json: &str) -> Result<Alert, Error> {
    customers::decode_alert(json)
}

/// What is heard of a rider.
pub fn heard(payload: &[u8]) -> Option<Track> {
    track(payload)
}

/// An entry that was given up.
pub fn given_up(fields: Vec<(String, String)>) -> Dead {
    dead::dead("0-0-0".to_owned(), fields)
}
