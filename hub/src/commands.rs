//! Giving a command in somebody's name, and telling them why not in terms that they may see.

use domain::{Actor, Command, CommandId, DeliveryState, Order, OrderId, Refusal};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use streams::ExecuteError;
use tracing::field::display;

use crate::Hub;
use crate::error::ApiError;
use crate::requests::Key;
use crate::view::{Audience, JobView, OrderView, TicketView};

impl Hub {
    /// Has `command` take place and returns the order after it.
    ///
    /// # Errors
    /// A refusal with the order as it truly is, as the one who asked may see it. If it is not
    /// theirs at all, there is no such order.
    pub(crate) async fn give(
        &self,
        id: OrderId,
        key: &Key,
        command: Command,
    ) -> Result<Order, ApiError> {
        let by = command.actor();
        let trace = key.trace(&by, id);
        note(id, trace.command);
        let given = self.streams().execute(id, trace, &command, &self.rules()).await;
        given.map_err(|error| refused(error, &by))
    }

    /// The order with this id, to whomever it belongs.
    pub(crate) async fn find(&self, id: OrderId) -> Result<Order, ApiError> {
        let loaded = self.streams().load(id).await?;
        loaded.map(|loaded| loaded.order).ok_or_else(|| ApiError::not_found("order"))
    }
}

/// Writes down in the log of this program which command a request became: by these two ids it is
/// found again in the log of the order and in those of the workers.
pub(crate) fn note(id: OrderId, command: CommandId) {
    let span = tracing::Span::current();
    span.record("order.id", display(id)).record("command.id", display(command));
}

/// Why `by` did not get their way.
pub(crate) fn refused(error: ExecuteError, by: &Actor) -> ApiError {
    match error {
        ExecuteError::NotFound | ExecuteError::Refused { refusal: Refusal::NotYours, .. } => {
            ApiError::not_found("order")
        }
        ExecuteError::Refused { refusal, order } => match shown(&order, by) {
            Some(view) => ApiError::from(refusal).with_order(Some(view)),
            None => ApiError::not_found("order"),
        },
        ExecuteError::Redis(error) => error.into(),
    }
}

/// The order in the words in which `to` speaks of it; nothing if they should not know of it.
pub(crate) fn shown(order: &Order, to: &Actor) -> Option<Box<RawValue>> {
    match to {
        Actor::Customer(id) if order.customer == *id => {
            json(&OrderView::of(order, Audience::Customer))
        }
        Actor::Store(id) if order.shop.id == *id && order.placed_at.is_some() => {
            json(&TicketView::of(order))
        }
        // Whoever was near has seen it on offer, so that others hold it is no secret.
        Actor::Rider(id) if order.delivery.state != DeliveryState::None => {
            json(&JobView::of(order, id, None))
        }
        Actor::Operator(_) => json(&OrderView::of(order, Audience::Operator)),
        Actor::Customer(_) | Actor::Store(_) | Actor::Rider(_) | Actor::System => None,
    }
}

fn json(view: &impl Serialize) -> Option<Box<RawValue>> {
    to_raw_value(view).ok()
}
