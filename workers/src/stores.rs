//! Group `store`: accepts orders for stores that asked for it.

use anyhow::Context;
use domain::{Command, CommandId, Order, Rules, State, Trace};
use streams::{Entry, ExecuteError, Streams};
use uuid::Uuid;

use crate::saga::Duty;

/// Answers for stores.
pub(crate) struct Stores {
    pub(crate) streams: Streams,
    pub(crate) rules: Rules,
}

impl Duty for Stores {
    const GROUP: &'static str = "store";

    async fn see_to(&self, entry: &Entry) -> anyhow::Result<()> {
        let order = entry.decode_order().context("reading the entry")?;
        match order.state {
            State::Placed => self.accept_for(&order).await,
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
}
