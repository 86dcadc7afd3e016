//! Group `customer`: the read side. Keeps each customer's statuses and alerts in step with the
//! orders: complete, in order and once, however late or often an entry comes.

mod words;

use std::time::Duration;

use anyhow::{Context, bail};
use domain::{CustomerId, Order, OrderId, Recorded, Timestamp, evolve, fold};
use streams::{Alert, CustomerNews, Entry, OrderStatus, Streams};

use crate::saga::Duty;

/// How often another worker may be first to record before this one gives its turn up.
const TRIES_MAX: usize = 8;

/// Tells customers.
pub(crate) struct Customers {
    pub(crate) streams: Streams,
    /// How long a promised minute lasts.
    pub(crate) minute: Duration,
}

impl Duty for Customers {
    const GROUP: &'static str = "customer";

    fn concerns(&self, entry: &Entry) -> bool {
        entry.customer.is_some()
    }

    async fn see_to(&self, entry: &Entry) -> anyhow::Result<()> {
        match (&entry.customer, entry.order) {
            (Some(customer), Some(order)) => self.catch_up(customer, order, entry.version).await,
            _ => Ok(()),
        }
    }
}

impl Customers {
    /// Brings what is recorded up to the order as it is now, which is at least at `version`.
    pub(crate) async fn catch_up(
        &self,
        customer: &CustomerId,
        id: OrderId,
        version: u64,
    ) -> anyhow::Result<()> {
        for _ in 0..TRIES_MAX {
            let status = self.streams.status(customer, id).await.context("reading the status")?;
            let recorded = status.map_or(0, |status| status.version);
            if recorded >= version {
                return Ok(());
            }
            let Some(loaded) = self.streams.load(id).await.context("loading the order")? else {
                return Ok(());
            };
            let Some(news) = news(id, &loaded.log, recorded, self.minute) else {
                return Ok(());
            };
            let is_recorded = self.streams.record_status(customer, recorded, &news).await;
            if is_recorded.context("recording the status")? {
                return Ok(());
            }
        }
        bail!("another was first {TRIES_MAX} times")
    }
}

/// What the customer has not heard of, if anything: the status as it is, and an alert for each
/// step after version `recorded` that is worth one. Of the log alone, so that whoever makes it
/// makes the same, however late.
pub(crate) fn news(
    id: OrderId,
    log: &[Recorded],
    recorded: u64,
    minute: Duration,
) -> Option<CustomerNews> {
    let first = log.first()?;
    let mut order = fold(id, [first])?;
    let mut alerts = vec![];
    let mut newest = status(&order, first.at);
    let mut is_news = recorded == 0;
    for step in &log[1..] {
        let before = order.clone();
        order = evolve(order, step);
        let text = words::alert(&before, step, &order, minute);
        if order.state != before.state {
            newest = status(&order, step.at);
        } else if text.is_some() {
            newest.version = order.version;
        } else {
            continue;
        }
        if order.version > recorded {
            is_news = true;
            alerts.extend(text.map(|text| Alert { order_id: id, text, at: step.at }));
        }
    }
    is_news.then_some(CustomerNews { status: newest, alerts })
}

/// `at`: when the order came to stand where it stands.
fn status(order: &Order, at: Timestamp) -> OrderStatus {
    OrderStatus {
        order_id: order.id,
        store_id: order.shop.id.clone(),
        state: order.state,
        version: order.version,
        updated_at: at,
    }
}
