//! The read side: what each customer is shown of their orders, kept apart from the orders so that
//! a list costs one call. What is worth telling is not known here.

mod rebuild;

use std::sync::LazyLock;
use std::time::Duration;

use domain::{CustomerId, OrderId, State, StoreId, Timestamp};
use redis::Script;
use serde::{Deserialize, Serialize};

use crate::feed::telling;
use crate::{Error, Position, Streams};

/// Most statuses, and most alerts, that are kept for one customer; older ones go.
const KEPT_MAX: usize = 200;
/// How long a customer who orders nothing is remembered.
const KEPT: Duration = Duration::from_secs(90 * 86_400);

static RECORD: LazyLock<Script> =
    LazyLock::new(|| telling(include_str!("scripts/record_status.lua")));
static STATUSES: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/statuses.lua")));

/// Where an order stands, as its customer is shown it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderStatus {
    /// Which order.
    pub order_id: OrderId,
    /// Whose food.
    pub store_id: StoreId,
    /// Where it stands.
    pub state: State,
    /// How much of the order's log this takes into account.
    pub version: u64,
    /// When it came to stand there.
    pub updated_at: Timestamp,
}

/// Something a customer was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Which order it is about.
    pub order_id: OrderId,
    /// In words.
    pub text: String,
    /// When it happened.
    pub at: Timestamp,
}

/// What changed for a customer: the body of an entry of [`Kind::Customer`](crate::Kind::Customer).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CustomerNews {
    /// Where the order stands.
    pub status: OrderStatus,
    /// What the customer is told, oldest first.
    pub alerts: Vec<Alert>,
}

impl Streams {
    /// What is recorded of an order, if anything.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn status(
        &self,
        customer: &CustomerId,
        order: OrderId,
    ) -> Result<Option<OrderStatus>, Error> {
        let home = self.home_of_customer(customer);
        let mut command = redis::cmd("HGET");
        command.arg(self.statuses_key(customer)).arg(order.to_string());
        let stored: Option<String> =
            self.ask(home, &command).await.map_err(Error::reading("a status"))?;
        stored.as_deref().map(decode).transpose()
    }

    /// Records where an order stands and what its customer is told, and tells the hubs, if what
    /// is recorded is at version `expected` (0: nothing is). `false` if another was first.
    ///
    /// Only so many orders of a customer are kept. Of one that is older than all of them nothing
    /// is recorded and nobody told; that counts as done.
    ///
    /// # Errors
    /// If Redis fails; sent again, it says whether it had been recorded.
    pub async fn record_status(
        &self,
        customer: &CustomerId,
        expected: u64,
        news: &CustomerNews,
    ) -> Result<bool, Error> {
        let home = self.home_of_customer(customer);
        let keys = self.keys();
        let encoding = || Error::decoding("news for a customer");
        let mut script = RECORD.prepare_invoke();
        script
            .key(self.statuses_key(customer))
            .key(self.recent_key(customer))
            .key(self.alerts_key(customer))
            .key(keys.feed(home))
            .key(keys.sequence(home))
            .key(keys.epoch(home))
            .key(keys.open(customer))
            .arg(customer.as_str())
            .arg(news.status.order_id.to_string())
            .arg(expected)
            .arg(news.status.version)
            .arg(serde_json::to_string(&news.status).map_err(encoding())?)
            .arg(serde_json::to_string(news).map_err(encoding())?)
            .arg(KEPT_MAX)
            .arg(KEPT.as_secs())
            .arg(news.status.state.is_ended());
        for alert in &news.alerts {
            script.arg(serde_json::to_string(alert).map_err(encoding())?);
        }
        // The entry that tells of it may lie elsewhere, and is acknowledged once this is written.
        self.commit(home, &script).await.map_err(Error::writing("a status"))
    }

    /// Where a customer's newest orders stand, newest order first, and the place in the feed of
    /// the last news for this customer.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn statuses(
        &self,
        customer: &CustomerId,
        limit: usize,
    ) -> Result<(Vec<OrderStatus>, Position), Error> {
        let partition = self.home_of_customer(customer);
        let mut script = STATUSES.prepare_invoke();
        script
            .key(self.statuses_key(customer))
            .key(self.recent_key(customer))
            .arg(limit.clamp(1, KEPT_MAX));
        let (sequence, stored): (Option<u64>, Vec<String>) =
            self.run(partition, &script).await.map_err(Error::reading("the statuses"))?;
        let statuses = stored.iter().map(|stored| decode(stored)).collect::<Result<_, _>>()?;
        Ok((statuses, Position { partition, sequence: sequence.unwrap_or(0) }))
    }

    /// What a customer was told, newest first.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn alerts(&self, customer: &CustomerId, limit: usize) -> Result<Vec<Alert>, Error> {
        let home = self.home_of_customer(customer);
        let mut command = redis::cmd("LRANGE");
        command.arg(self.alerts_key(customer)).arg(0).arg(limit.clamp(1, KEPT_MAX) - 1);
        let stored: Vec<String> =
            self.ask(home, &command).await.map_err(Error::reading("the alerts"))?;
        stored.iter().map(|stored| decode_alert(stored)).collect()
    }

    /// The place in the feed of the last news for this customer.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn customer_position(&self, customer: &CustomerId) -> Result<Position, Error> {
        let partition = self.home_of_customer(customer);
        let mut command = redis::cmd("HGET");
        command.arg(self.statuses_key(customer)).arg("*");
        let sequence: Option<u64> =
            self.ask(partition, &command).await.map_err(Error::reading("a customer's place"))?;
        Ok(Position { partition, sequence: sequence.unwrap_or(0) })
    }

    /// Order id to `<version> <status as JSON>`; and `*` to the sequence of the last news.
    fn statuses_key(&self, customer: &CustomerId) -> String {
        self.keys().of_one("statuses", self.home_of_customer(customer), customer)
    }

    /// Ids of the orders that have a status; their order is that of time.
    fn recent_key(&self, customer: &CustomerId) -> String {
        self.keys().of_one("recent", self.home_of_customer(customer), customer)
    }

    fn alerts_key(&self, customer: &CustomerId) -> String {
        self.keys().of_one("alerts", self.home_of_customer(customer), customer)
    }
}

pub(crate) fn decode_alert(json: &str) -> Result<Alert, Error> {
    serde_json::from_str(json).map_err(Error::decoding("an alert"))
}

pub(crate) fn decode(stored: &str) -> Result<OrderStatus, Error> {
    let json = stored.split_once(' ').map_or(stored, |(_, json)| json);
    serde_json::from_str(json).map_err(Error::decoding("a status"))
}
