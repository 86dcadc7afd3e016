//! What is true in the end: the logs as they stand in Redis, read by nobody's leave. The one place
//! beside `streams` that names keys, on purpose: an auditor who asks the cashier learns what the
//! cashier believes.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use redis::aio::MultiplexedConnection;
use serde::Deserialize;
use serde_json::Value;

use crate::redis_server::{ask, connect, keys};

/// Everything that is in Redis and matters.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// By order.
    pub(crate) stories: BTreeMap<String, Story>,
    /// Entries of feeds that a group holds or has not been given, by feed and group.
    pub(crate) waiting: Vec<(String, u64)>,
    /// Orders with a deadline.
    pub(crate) due: Vec<String>,
    /// Entries that were given up, in words.
    pub(crate) dead: Vec<String>,
    /// Entries of all feeds.
    pub(crate) entries: u64,
}

/// All that happened to one order.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) id: String,
    pub(crate) customer: String,
    pub(crate) store: String,
    pub(crate) payment: String,
    pub(crate) total_won: u64,
    pub(crate) events: Vec<Happened>,
}

/// One event of a log.
#[derive(Clone, Debug)]
pub(crate) struct Happened {
    pub(crate) name: String,
    /// In ms since 1970, by Redis.
    pub(crate) at: u64,
    pub(crate) by: Value,
    pub(crate) command: String,
    /// The place in the feed of the append that brought it.
    pub(crate) sequence: u64,
    pub(crate) detail: Value,
}

#[derive(Deserialize)]
struct Stored {
    at: u64,
    by: Value,
    command: String,
    event: Value,
}

impl Story {
    fn read(key: &str, elements: &[String]) -> anyhow::Result<Story> {
        let id = key.rsplit(':').next().unwrap_or_default().to_owned();
        let events: Vec<Happened> = elements
            .iter()
            .map(|element| Happened::read(element).with_context(|| format!("reading {key}")))
            .collect::<anyhow::Result<_>>()?;
        let request = events.first().map(|it| it.detail.clone()).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(Story {
            id,
            customer: text(&request["customer"]),
            store: text(&request["shop"]["id"]),
            payment: text(&request["payment"]["token"]),
            total_won: request["total_won"].as_u64().unwrap_or(0),
            events,
        })
    }

    pub(crate) fn version(&self) -> u64 {
        self.events.len() as u64
    }

    /// The names of the first so many events.
    pub(crate) fn names(&self, version: u64) -> Vec<&str> {
        self.events.iter().take(version as usize).map(|it| it.name.as_str()).collect()
    }

    /// The versions after each append, with the appends' places in the feed.
    pub(crate) fn appends(&self) -> Vec<(u64, u64)> {
        let mut appends: Vec<(u64, u64)> = Vec::new();
        for (index, event) in self.events.iter().enumerate() {
            let version = index as u64 + 1;
            match appends.last_mut() {
                Some((last, sequence)) if *sequence == event.sequence => *last = version,
                _ => appends.push((version, event.sequence)),
            }
        }
        appends
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.events.iter().position(|it| it.name == name)
    }

    /// Whether nothing more is going to happen to it by itself.
    pub(crate) fn is_over(&self) -> bool {
        let is_paid = self.has("PaymentApproved");
        let is_called_off = self.has("OrderCanceled") || self.has("OrderRejected");
        let is_refunded = self.has("PaymentRefunded") || self.is_stuck();
        match (is_called_off, is_paid) {
            (true, true) => is_refunded,
            // Whether money was taken may still have to be asked.
            (true, false) => self.has("PaymentDeclined"),
            (false, _) => self.has("DeliveryCompleted") || self.has("PaymentDeclined"),
        }
    }

    /// Whether a person has to see to the refund.
    pub(crate) fn is_stuck(&self) -> bool {
        let failed = self.events.iter().rev().find(|it| it.name == "RefundFailed");
        failed.is_some_and(|it| it.detail["retry_at"].is_null()) && !self.has("PaymentRefunded")
    }
}

impl Happened {
    fn read(element: &str) -> anyhow::Result<Happened> {
        let (sequence, json) = element.split_once(' ').context("a place and an event")?;
        let stored: Stored = serde_json::from_str(json)?;
        let (name, detail) = match stored.event {
            Value::String(name) => (name, Value::Null),
            Value::Object(fields) => fields.into_iter().next().context("an event has a name")?,
            other => anyhow::bail!("{other} is no event"),
        };
        Ok(Happened {
            name,
            at: stored.at,
            by: stored.by,
            command: stored.command,
            sequence: sequence.parse()?,
            detail,
        })
    }
}

/// Reads everything, on all nodes that follow nobody.
pub(crate) async fn read(urls: &[String]) -> anyhow::Result<Truth> {
    let mut truth = Truth::default();
    for url in urls {
        let mut redis = connect(url).await?;
        let role: Vec<redis::Value> = ask(&mut redis, &["ROLE"]).await?;
        let role: Option<String> =
            role.into_iter().next().and_then(|it| redis::from_redis_value(it).ok());
        if role.as_deref() == Some("master") {
            read_node(&mut redis, &mut truth).await?;
        }
    }
    Ok(truth)
}

async fn read_node(redis: &mut MultiplexedConnection, truth: &mut Truth) -> anyhow::Result<()> {
    for key in keys(redis, "log").await? {
        let elements: Vec<String> = ask(redis, &["LRANGE", &key, "0", "-1"]).await?;
        let story = Story::read(&key, &elements)?;
        truth.stories.insert(story.id.clone(), story);
    }
    for feed in keys(redis, "feed").await? {
        truth.entries += ask::<u64>(redis, &["XLEN", &feed]).await?;
        let last = last_sequence(ask(redis, &["XINFO", "STREAM", &feed]).await?);
        let groups: Vec<HashMap<String, redis::Value>> =
            ask(redis, &["XINFO", "GROUPS", &feed]).await?;
        for group in groups {
            let field = |name: &str| group.get(name).cloned().unwrap_or(redis::Value::Nil);
            let name: String = redis::from_redis_value(field("name"))?;
            let pending: u64 = redis::from_redis_value(field("pending"))?;
            let delivered: String = redis::from_redis_value(field("last-delivered-id"))?;
            let behind = last.saturating_sub(sequence(&delivered));
            if pending + behind > 0 {
                truth.waiting.push((format!("{feed} {name}"), pending + behind));
            }
        }
    }
    for due in keys(redis, "due").await? {
        truth.due.extend(ask::<Vec<String>>(redis, &["ZRANGE", &due, "0", "-1"]).await?);
    }
    for dead in keys(redis, "dead").await? {
        let found: Vec<(String, Vec<String>)> = ask(redis, &["XRANGE", &dead, "-", "+"]).await?;
        truth.dead.extend(found.iter().map(|(_, fields)| format!("{dead} {}", fields.join(" "))));
    }
    Ok(())
}

fn last_sequence(stream: HashMap<String, redis::Value>) -> u64 {
    let id = stream.get("last-generated-id").cloned();
    let id: Option<String> = id.and_then(|it| redis::from_redis_value(it).ok());
    sequence(&id.unwrap_or_default())
}

fn sequence(id: &str) -> u64 {
    id.split('-').next().and_then(|it| it.parse().ok()).unwrap_or(0)
}
