//! Group `payment`: pays what the world owes an order.

use std::sync::Arc;

use anyhow::{Context, bail};
use domain::{Command, CommandId, Effect, Order, OrderId, Rules, Trace, react};
use metrics::{counter, histogram};
use streams::{Entry, Streams};
use tokio::time::Instant;
use tracing::{Instrument, info_span, warn};
use uuid::Uuid;

use crate::gate::Gate;
use crate::payments::{Provider, Verdict};
use crate::saga::Duty;

/// Most effects owed in a row: to charge, and to refund what was called off meanwhile.
const STEPS_MAX: usize = 4;

/// Pays what orders are owed.
pub(crate) struct Settle {
    pub(crate) streams: Streams,
    pub(crate) rules: Rules,
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) gate: Gate,
}

impl Duty for Settle {
    const GROUP: &'static str = "payment";

    fn concerns(&self, entry: &Entry) -> bool {
        // An append after which nothing is owed needs no second look: whatever became due before
        // or after it has an entry of its own.
        !entry.decode_order().is_ok_and(|order| react(&order).is_none())
    }

    async fn see_to(&self, entry: &Entry) -> anyhow::Result<()> {
        match entry.order {
            Some(id) => self.settle(id).await,
            None => Ok(()),
        }
    }
}

impl Settle {
    /// Pays what the world owes this order, until nothing is owed or nobody can say.
    async fn settle(&self, id: OrderId) -> anyhow::Result<()> {
        // Or money could move for what a failover then takes back.
        let loaded = self.streams.load_confirmed(id).await.context("loading the order")?;
        let Some(mut order) = loaded.map(|it| it.order) else {
            return Ok(());
        };
        for _ in 0..STEPS_MAX {
            let Some(effect) = react(&order) else {
                return Ok(());
            };
            let span = info_span!("effect", kind = name(effect));
            let Some(outcome) = self.perform(&order, effect).instrument(span).await else {
                return Ok(());
            };
            streams::crash_point!("settle.performed");
            let command = CommandId(Uuid::now_v7());
            let trace = Trace { command, cause: Some(order.last_command) };
            order = self
                .streams
                .execute(id, trace, &outcome, &self.rules)
                .await
                .context("recording the outcome")?;
        }
        bail!("still owed something after {STEPS_MAX} steps")
    }

    /// Does what is owed and says which command records it; `None` if the outcome stays open.
    async fn perform(&self, order: &Order, effect: Effect) -> Option<Command> {
        let started = Instant::now();
        let result = match effect {
            Effect::Charge => self.charge(order).await,
            Effect::Inquire => Some(self.inquire(order).await),
            Effect::Refund => Some(self.refund(order).await),
        };
        let outcome = match &result {
            Some(Command::ConfirmPayment { .. }) => "approved",
            Some(Command::DeclinePayment { .. }) => "declined",
            Some(Command::RecordRefund { .. }) => "refunded",
            Some(_) => "failed",
            None => "unknown",
        };
        let kind = name(effect);
        counter!("workers_effects_total", "kind" => kind, "outcome" => outcome).increment(1);
        histogram!("workers_effect_seconds", "kind" => kind).record(started.elapsed());
        result
    }

    // Without an answer nothing is concluded: the provider is asked when the payment is overdue.
    async fn charge(&self, order: &Order) -> Option<Command> {
        match self.gate.call(self.provider.charge(order)).await {
            Ok(verdict) => Some(conclude(verdict)),
            Err(error) => {
                let error = format!("{error:#}");
                warn!(error, "nobody knows what became of a charge, it will be asked");
                None
            }
        }
    }

    async fn inquire(&self, order: &Order) -> Command {
        match self.gate.call(self.provider.settle_unknown(order.id)).await {
            Ok(verdict) => conclude(verdict),
            Err(error) => {
                let reason = format!("{error:#}");
                warn!(
                    error = reason,
                    "nobody said what became of a charge, it will be asked again"
                );
                Command::RecordInquiryFailure { reason }
            }
        }
    }

    // A refund without an answer counts as failed: the next try carries the same key, so money
    // that did move does not move again.
    async fn refund(&self, order: &Order) -> Command {
        match self.gate.call(self.provider.refund(order)).await {
            Ok(refund) => Command::RecordRefund { refund },
            Err(error) => {
                let reason = format!("{error:#}");
                warn!(error = reason, "a refund failed, it will be tried again");
                Command::RecordRefundFailure { reason }
            }
        }
    }
}

/// As logs, metrics and traces call it.
fn name(effect: Effect) -> &'static str {
    match effect {
        Effect::Charge => "charge",
        Effect::Inquire => "inquire",
        Effect::Refund => "refund",
    }
}

fn conclude(verdict: Verdict) -> Command {
    match verdict {
        Verdict::Approved { approval } => Command::ConfirmPayment { approval },
        Verdict::Declined { reason } => Command::DeclinePayment { reason },
    }
}
