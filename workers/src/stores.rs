//! Group `store`: accepts orders for stores that asked for it, and pauses those that leave orders
//! unanswered.

use anyhow::Context;
use domain::{CancelReason, Command, CommandId, Order, Rules, State, Timestamp, Trace};
use metrics::counter;
use streams::{Entry, ExecuteError, Streams};
use tracing::info;
use uuid::Uuid;

use crate::saga::Duty;

/// Answers for stores.
pub(crate) struct Stores {
    pub(crate) streams: Streams,
    pub(crate) rules: Rules,
}

impl Duty for Stores {
    const GROUP: &'static str = "store";

    fn concerns(&self, entry: &Entry) -> bool {
        let states = [State::Placed, State::Accepted, State::Rejected, State::Canceled];
        // What cannot be read is tried, so that somebody hears of it.
        entry.decode_order().map_or(true, |order| states.contains(&order.state))
    }

    async fn see_to(&self, entry: &Entry) -> anyhow::Result<()> {
        let order = entry.decode_order().context("reading the entry")?;
        match order.state {
            State::Placed => self.accept_for(&order).await,
            State::Accepted => self.note_answer(&order, "OrderAccepted").await,
            State::Rejected => self.note_answer(&order, "OrderRejected").await,
            State::Canceled => self.note_silence(&order).await,
            _ => Ok(()),
        }
    }
}

impl Stores {
    async fn accept_for(&self, order: &Order) -> anyhow::Result<()> {
        let store = self.streams.store(&order.shop.id).await.context("loading the store")?;
        let Some(store) = store.filter(|store| store.auto_accept) else {
            return Ok(());
        };
        let allowed = Rules::COOK_MINUTES_MIN..=Rules::COOK_MINUTES_MAX;
        let cook_minutes = store.default_cook_minutes.clamp(*allowed.start(), *allowed.end());
        let trace = Trace { command: CommandId(Uuid::now_v7()), cause: Some(order.last_command) };
        let command = Command::AutoAccept { cook_minutes };
        match self.streams.execute(order.id, trace, &command, &self.rules).await {
            // Gone, or refused: somebody else decided.
            Ok(_) | Err(ExecuteError::NotFound | ExecuteError::Refused { .. }) => Ok(()),
            Err(error) => Err(error).context("accepting the order"),
        }
    }

    async fn note_answer(&self, order: &Order, answer: &str) -> anyhow::Result<()> {
        let Some(at) = when(order, answer) else {
            return Ok(());
        };
        self.streams.note_answered(&order.shop.id, at).await.context("noting an answer")
    }

    async fn note_silence(&self, order: &Order) -> anyhow::Result<()> {
        let is_silence = matches!(order.canceled, Some((_, CancelReason::StoreTimeout)));
        let Some(at) = when(order, "OrderCanceled").filter(|_| is_silence) else {
            return Ok(());
        };
        let store = &order.shop.id;
        let noted = self.streams.note_unanswered(store, order.id, at).await;
        if noted.context("noting a silence")? {
            counter!("workers_stores_paused_total").increment(1);
            info!(store.id = %store, "paused a store that does not answer");
        }
        Ok(())
    }
}

/// When something happened to an order: not when the entry came, which may be a later one.
fn when(order: &Order, event: &str) -> Option<Timestamp> {
    order.steps.iter().find(|step| step.event == event).map(|step| step.at)
}
