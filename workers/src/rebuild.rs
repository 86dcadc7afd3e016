//! Throws the read side away and makes it anew from the logs, customer by customer, while
//! everybody goes on working.
//!
//! What the workers have told a customer is put in place silently; what they have yet to tell is
//! left to them, or told here as they would. So nothing is told twice and nothing is left out.
//! What is older than the logs is kept as it is.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use domain::{CustomerId, OrderId};
use futures_util::future::try_join_all;
use futures_util::{StreamExt, TryStreamExt, stream};
use streams::{Alert, Loaded, OrderStatus, Position, Streams};

use crate::Config;
use crate::customers::{Customers, news};
use crate::saga::Duty;

/// How often there may be news for a customer between reading and replacing.
const TRIES_MAX: usize = 32;
/// Orders read at once while customers are looked for.
const PAGE: usize = 100;
/// Customers rebuilt at once: few, for the sake of everybody else.
const CONCURRENT_MAX: usize = 4;

/// How far a rebuild has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Orders that were looked at to find the customers.
    pub orders: usize,
    /// Customers that were found.
    pub customers: usize,
    /// Customers whose read side is new.
    pub done: usize,
}

/// Rebuilds the read side of every customer, and says now and then how far it has come.
///
/// # Errors
/// If Redis fails. What was done is done; to be run again, from the beginning.
pub async fn rebuild(config: &Config, progress: impl Fn(Rebuilt)) -> anyhow::Result<Rebuilt> {
    let streams = config.open_streams().await.context("opening the streams")?;
    let minute = config.durations.minute;
    let rebuild = Rebuild { customers: Customers { streams: streams.clone(), minute }, streams };
    let mut rebuilt = Rebuilt::default();
    let customers = rebuild.find_customers(&mut rebuilt, &progress).await?;
    let mut done = stream::iter(&customers)
        .map(|customer| rebuild.replace(customer))
        .buffer_unordered(CONCURRENT_MAX);
    while done.try_next().await?.is_some() {
        rebuilt.done += 1;
        if rebuilt.done.is_multiple_of(PAGE) {
            progress(rebuilt);
        }
    }
    progress(rebuilt);
    Ok(rebuilt)
}

struct Rebuild {
    streams: Streams,
    customers: Customers,
}

/// What belongs in the place of a customer's read side.
#[derive(Default)]
struct Replacement {
    statuses: Vec<OrderStatus>,
    alerts: Vec<Alert>,
    /// Orders of which there is more to tell, and how much there is in all.
    behind: Vec<(OrderId, u64)>,
}

impl Rebuild {
    async fn find_customers(
        &self,
        rebuilt: &mut Rebuilt,
        progress: impl Fn(Rebuilt),
    ) -> anyhow::Result<BTreeSet<CustomerId>> {
        let mut customers = BTreeSet::new();
        let mut after = None;
        loop {
            let page = self.streams.orders_of_everybody(None, after, PAGE).await;
            let page = page.context("looking for customers")?;
            rebuilt.orders += page.orders.len();
            customers.extend(page.orders.into_iter().map(|order| order.customer));
            rebuilt.customers = customers.len();
            progress(*rebuilt);
            after = page.next;
            if after.is_none() {
                return Ok(customers);
            }
        }
    }

    async fn replace(&self, customer: &CustomerId) -> anyhow::Result<()> {
        for _ in 0..TRIES_MAX {
            // In this order: what is read later holds at least what is known of it earlier.
            let needed = self.first_needed().await?;
            let kept = self.streams.statuses(customer, Streams::STATUSES_MAX).await;
            let (statuses, position) = kept.context("reading the statuses")?;
            let alerts = self.streams.alerts(customer, Streams::STATUSES_MAX).await;
            let alerts = alerts.context("reading the alerts")?;
            let logs = self.logs(customer).await?;
            let new = self.replacement(&needed, statuses, alerts, &logs);
            let replaced =
                self.streams.replace_statuses(customer, position, &new.statuses, &new.alerts);
            if !replaced.await.context("replacing the statuses")? {
                continue;
            }
            for (order, version) in new.behind {
                self.customers.catch_up(customer, order, version).await?;
            }
            return Ok(());
        }
        bail!("there was news for customer {customer} {TRIES_MAX} times")
    }

    async fn first_needed(&self) -> anyhow::Result<Vec<Position>> {
        let partitions = 0..self.streams.partitions();
        let needed = partitions.map(|it| self.streams.first_needed(Customers::GROUP, it));
        try_join_all(needed).await.context("asking what has been told")
    }

    async fn logs(&self, customer: &CustomerId) -> anyhow::Result<Vec<Loaded>> {
        let limit = Streams::STATUSES_MAX;
        let page = self.streams.orders_of_customer(customer, None, None, limit).await;
        let orders = page.context("reading the orders")?.orders;
        let logs = try_join_all(orders.iter().map(|order| self.streams.load(order.id))).await;
        Ok(logs.context("reading the logs")?.into_iter().flatten().collect())
    }

    fn replacement(
        &self,
        needed: &[Position],
        mut statuses: Vec<OrderStatus>,
        mut alerts: Vec<Alert>,
        logs: &[Loaded],
    ) -> Replacement {
        let mut new = Replacement::default();
        for Loaded { order, log, sequences, .. } in logs {
            let kept = statuses.iter().find(|status| status.order_id == order.id);
            let recorded = kept.map_or(0, |status| status.version as usize);
            let first_needed = needed[usize::from(order.id.partition())].sequence;
            let worked_on = sequences.partition_point(|sequence| *sequence < first_needed);
            let told = recorded.max(worked_on).min(log.len());
            if let Some(news) = news(order.id, &log[..told], 0, self.customers.minute) {
                new.statuses.push(news.status);
                new.alerts.extend(news.alerts);
            }
            if told < log.len() {
                new.behind.push((order.id, order.version));
            }
        }
        let has_log = |id| logs.iter().any(|it| it.order.id == id);
        statuses.retain(|status| !has_log(status.order_id));
        alerts.retain(|alert| !has_log(alert.order_id));
        new.statuses.append(&mut statuses);
        new.statuses.sort_by_key(|status| std::cmp::Reverse(status.order_id));
        // Both are newest first in the end; those of one instant stay in their order.
        alerts.reverse();
        alerts.append(&mut new.alerts);
        alerts.sort_by_key(|alert| alert.at);
        alerts.reverse();
        Replacement { alerts, ..new }
    }
}
