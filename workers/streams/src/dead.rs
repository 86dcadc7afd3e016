//! Entries that nobody could work on: put aside, looked at by a person, tried once more.

use std::cmp::Reverse;
use std::sync::LazyLock;

use domain::{OrderId, Timestamp};
use futures_util::future::try_join_all;
use redis::{RedisResult, Script};

use crate::feed::{Kind, telling};
use crate::{Entry, Error, Position, Streams};

/// Most entries that are kept in each partition: far more than anybody looks at.
const KEPT_MAX: usize = 10_000;

/// How often a nudge is tried again because the order changed meanwhile.
const TRIES_MAX: u32 = 16;

static BURY: LazyLock<Script> = LazyLock::new(|| telling(include_str!("scripts/bury.lua")));
static NUDGE: LazyLock<Script> = LazyLock::new(|| telling(include_str!("scripts/nudge.lua")));

/// An entry that was given up.
#[derive(Clone, Debug, PartialEq)]
pub struct Dead {
    /// Names it: the partition, a hyphen, and its place among the dead.
    pub id: String,
    /// Whose it was to work on.
    pub group: String,
    /// The order that it is about.
    pub order: Option<OrderId>,
    /// Why it was given up.
    pub reason: String,
    /// When it was given up.
    pub at: Timestamp,
}

impl Streams {
    /// What was given up, in any partition, newest first.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn dead(&self, limit: usize) -> Result<Vec<Dead>, Error> {
        let read = |partition| async move {
            let mut command = redis::cmd("XREVRANGE");
            command.arg(self.keys().dead(partition)).arg("+").arg("-").arg("COUNT").arg(limit);
            let found: Vec<(String, Vec<(String, String)>)> =
                self.ask(partition, &command).await.map_err(Error::reading("the dead"))?;
            let dead = |(id, fields)| dead(format!("{partition}-{id}"), fields);
            Ok::<Vec<Dead>, Error>(found.into_iter().map(dead).collect())
        };
        let mut dead = try_join_all((0..self.partitions()).map(read)).await?.concat();
        dead.sort_by_key(|dead| Reverse(dead.at));
        dead.truncate(limit);
        Ok(dead)
    }

    /// Takes an entry off the dead and asks all workers to look at its order again. `false` if
    /// there is no such entry.
    ///
    /// # Errors
    /// If Redis fails, or the order cannot be read.
    pub async fn retry_dead(&self, id: &str) -> Result<bool, Error> {
        let Some((partition, stream_id)) = self.place_of_dead(id) else { return Ok(false) };
        let key = self.keys().dead(partition);
        let mut command = redis::cmd("XRANGE");
        command.arg(&key).arg(&stream_id).arg(&stream_id);
        let found: Vec<(String, Vec<(String, String)>)> =
            self.ask(partition, &command).await.map_err(Error::reading("the dead"))?;
        let Some((_, fields)) = found.into_iter().next() else { return Ok(false) };
        // First things first: an order that is looked at twice comes to no harm.
        if let Some(order) = dead(id.to_owned(), fields).order {
            self.nudge(order).await?;
        }
        let mut command = redis::cmd("XDEL");
        command.arg(&key).arg(&stream_id);
        self.ask(partition, &command).await.map_err(Error::writing("the dead"))
    }

    /// Puts an entry aside, unless it has been acknowledged meanwhile, or is lost.
    pub(crate) async fn bury(&self, group: &str, entry: &Entry, reason: &str) -> RedisResult<bool> {
        let Position { partition, sequence } = entry.position;
        let order_text = entry.order.map(|it| it.to_string()).unwrap_or_default();
        let keys = self.keys();
        let mut call = BURY.prepare_invoke();
        call.key(keys.feed(partition)).key(keys.dead(partition)).key(keys.epoch(partition));
        call.arg(group).arg(sequence).arg(&entry.epoch);
        call.arg(&order_text).arg(reason).arg(KEPT_MAX);
        let is_buried = self.run(partition, &call).await?;
        if is_buried {
            tracing::error!(
                group,
                partition,
                sequence,
                order.id = order_text,
                reason,
                "gave an entry up"
            );
        }
        Ok(is_buried)
    }

    /// Appends an entry that says of an order what is true of it already, if it still exists.
    async fn nudge(&self, id: OrderId) -> Result<(), Error> {
        let partition = id.partition();
        for _ in 0..TRIES_MAX {
            let Some(loaded) = self.load(id).await? else { return Ok(()) };
            let order = loaded.order;
            let keys = self.keys();
            let mut call = NUDGE.prepare_invoke();
            call.key(keys.feed(partition)).key(keys.sequence(partition));
            call.key(keys.epoch(partition)).key(keys.log(id));
            call.arg(Kind::Order.name()).arg(id.to_string()).arg(order.shop.id.as_str());
            call.arg(order.customer.as_str()).arg(order.version);
            call.arg(serde_json::to_vec(&order).map_err(Error::decoding("an order"))?);
            let sequence: Option<u64> =
                self.run(partition, &call).await.map_err(Error::writing("a nudge"))?;
            if sequence.is_some() {
                return Ok(());
            }
        }
        Err(Error::Contended(TRIES_MAX))
    }

    /// Reads `<partition>-<stream id>`; `None` if it cannot be one.
    fn place_of_dead(&self, id: &str) -> Option<(u16, String)> {
        let (partition, stream_id) = id.split_once('-')?;
        let partition = partition.parse().ok().filter(|it| *it < self.partitions())?;
        let (millis, sequence) = stream_id.split_once('-')?;
        let (millis, sequence): (u64, u64) = (millis.parse().ok()?, sequence.parse().ok()?);
        Some((partition, format!("{millis}-{sequence}")))
    }
}

pub(crate) fn dead(id: String, fields: Vec<(String, String)>) -> Dead {
    let mut dead =
        Dead { id, group: String::new(), order: None, reason: String::new(), at: Timestamp(0) };
    for (name, value) in fields {
        match name.as_str() {
            "group" => dead.group = value,
            "order" => dead.order = value.parse().ok(),
            "reason" => dead.reason = value,
            "at" => dead.at = Timestamp(value.parse().unwrap_or(0)),
            _ => (),
        }
    }
    dead
}
