//! Does what is due. Time is told by Redis and a deadline by the order itself, so any number of
//! clocks may run: the first one has its way, the others find it done.

mod unreadable;

use std::time::Duration;

use anyhow::Context;
use domain::{Command, CommandId, OrderId, RiderId, Rules, Trace, deadline};
use futures_util::{StreamExt, stream};
use metrics::{counter, gauge};
use streams::{Breaker, ExecuteError, Streams};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use unreadable::{Unreadable, is_unreadable};

/// How often a partition is asked what is due.
const TICK: Duration = Duration::from_millis(200);
/// How many orders are taken at one tick; the rest waits for the next.
const DUE_MAX: usize = 256;
/// How many of them are worked on at once.
const CONCURRENT_MAX: usize = 16;
/// How often silent riders are looked for, and how many are taken at once.
const SILENCE_EVERY: Duration = Duration::from_secs(1);
const SILENT_MAX: usize = 64;
/// How often a feed is trimmed.
const TRIM_EVERY: Duration = Duration::from_secs(60);
/// How much of a feed is kept for clients that come back, whoever has read it.
const KEEP: Duration = Duration::from_secs(3600);
/// Dead letters are counted up to here; more are as alarming.
const DEAD_COUNTED_MAX: usize = 1_000;

/// The clock of one partition.
pub(crate) struct Clock {
    pub(crate) streams: Streams,
    pub(crate) rules: Rules,
    /// After how long a rider who holds a job counts as silent.
    pub(crate) silent: Duration,
}

impl Clock {
    /// Ticks until `stop`.
    pub(crate) async fn run(self, partition: u16, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut trim_at = Instant::now() + TRIM_EVERY.mul_f64(rand::random());
        let mut listen_at = Instant::now() + SILENCE_EVERY.mul_f64(rand::random());
        let mut is_failing = false;
        let mut unreadable = Unreadable::default();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => (),
            }
            let mut outcome = self.tick(partition, &mut unreadable).await;
            if outcome.is_ok() && listen_at <= Instant::now() {
                listen_at = Instant::now() + SILENCE_EVERY;
                outcome = self.look_around(partition).await;
                if outcome.is_ok() {
                    outcome = self.measure(partition).await;
                }
            }
            if outcome.is_ok() && trim_at <= Instant::now() {
                trim_at = Instant::now() + TRIM_EVERY;
                outcome = self.tidy(partition).await;
            }
            // Said once per outage, not five times a second.
            match outcome {
                Ok(()) if is_failing => info!("the clock ticks again"),
                Err(ref error) if !is_failing => {
                    warn!(error = format!("{error:#}"), "the clock is stopped until redis answers");
                }
                _ => (),
            }
            is_failing = outcome.is_err();
        }
    }

    async fn tick(&self, partition: u16, unreadable: &mut Unreadable) -> anyhow::Result<()> {
        let due = self.streams.due(partition, DUE_MAX).await.context("asking what is due")?;
        let mut orders = due.orders;
        unreadable.leave_out(&mut orders, Instant::now());
        let failed: Vec<OrderId> = stream::iter(orders)
            .map(async |id| {
                let error = self.fire(id).await.err()?;
                let is_its_own = is_unreadable(&error);
                let error = format!("{error:#}");
                warn!(order.id = %id, error, "could not do what is due, trying again");
                is_its_own.then_some(id)
            })
            .buffer_unordered(CONCURRENT_MAX)
            .filter_map(std::future::ready)
            .collect()
            .await;
        failed.into_iter().for_each(|id| unreadable.put_off(id, Instant::now()));
        Ok(())
    }

    /// Does what is due for one order, if anything still is.
    async fn fire(&self, id: OrderId) -> anyhow::Result<()> {
        let Some(loaded) = self.streams.load(id).await.context("loading the order")? else {
            return Ok(self.streams.forget_due(id, 0).await?);
        };
        let order = loaded.order;
        match deadline(&order) {
            None => Ok(self.streams.forget_due(id, order.version).await?),
            Some(next) if next.at > loaded.now => Ok(()),
            Some(next) => {
                let command = CommandId(Uuid::now_v7());
                let trace = Trace { command, cause: Some(order.last_command) };
                self.record(id, trace, &next.command).await
            }
        }
    }

    async fn record(&self, id: OrderId, trace: Trace, command: &Command) -> anyhow::Result<()> {
        match self.streams.execute(id, trace, command, &self.rules).await {
            // A place that was kept for an order that never came to be.
            Err(ExecuteError::NotFound) => return Ok(()),
            recorded => recorded.context("recording what is due")?,
        };
        counter!("workers_deadlines_total", "command" => name(command)).increment(1);
        Ok(())
    }

    /// Looks after what no deadline of an order tells of.
    async fn look_around(&self, partition: u16) -> anyhow::Result<()> {
        // One for all partitions, so one of them shows it.
        if partition == 0 {
            let breaker = self.streams.breaker().await.context("looking at the breaker")?;
            gauge!("workers_breaker_state").set(match breaker {
                Breaker::Closed => 0.0,
                Breaker::HalfOpen => 1.0,
                Breaker::Open { .. } => 2.0,
            });
        }
        self.listen(partition).await
    }

    /// Notices riders who hold a job and have not been heard of.
    async fn listen(&self, partition: u16) -> anyhow::Result<()> {
        let silent = self.streams.silent_riders(partition, self.silent, SILENT_MAX).await;
        for rider in silent.context("looking for silent riders")? {
            if let Err(error) = self.notice(&rider).await {
                let error = format!("{error:#}");
                warn!(rider.id = %rider, error, "could not notice a silence, trying again");
            }
        }
        Ok(())
    }

    async fn notice(&self, rider: &RiderId) -> anyhow::Result<()> {
        let jobs = self.streams.rider(rider).await.context("loading the rider")?.jobs;
        for id in jobs {
            let trace = Trace::of(CommandId(Uuid::now_v7()));
            let silence = Command::NoticeSilence { rider: rider.clone() };
            self.record(id, trace, &silence).await?;
        }
        self.streams.heed_silence(rider).await.context("noting a silence")
    }

    /// Says how much waits for each group.
    async fn measure(&self, partition: u16) -> anyhow::Result<()> {
        let backlogs = self.streams.backlogs(partition).await.context("measuring the feed")?;
        for backlog in backlogs {
            let labels = [("group", backlog.group), ("partition", partition.to_string())];
            gauge!("workers_unread_entries", &labels).set(backlog.unread as f64);
            gauge!("workers_unfinished_entries", &labels).set(backlog.unfinished as f64);
        }
        Ok(())
    }

    async fn tidy(&self, partition: u16) -> anyhow::Result<()> {
        let trimmed = self.streams.trim(partition, KEEP).await.context("trimming the feed")?;
        counter!("workers_entries_trimmed_total").increment(trimmed);
        // Of all partitions, so one of them asks.
        if partition == 0 {
            let dead = self.streams.dead(DEAD_COUNTED_MAX).await.context("counting the dead")?;
            gauge!("workers_dead_letters").set(dead.len() as f64);
        }
        Ok(())
    }
}

fn name(command: &Command) -> &'static str {
    use Command::*;
    match command {
        AskAboutPayment => "AskAboutPayment",
        RetryRefund => "RetryRefund",
        GiveUpOnStore => "GiveUpOnStore",
        RemindStore => "RemindStore",
        GiveUpOnRiders => "GiveUpOnRiders",
        AlertNoRider => "AlertNoRider",
        WidenRing => "WidenRing",
        NoticeSilence { .. } => "NoticeSilence",
        _ => "other",
    }
}
