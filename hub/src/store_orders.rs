//! A store's board and what the kitchen does with its tickets.

use axum::Json;
use axum::extract::State;
use domain::{CancelReason, Command, RejectReason, Rules, StoreId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Hub;
use crate::error::ApiError;
use crate::identity::Store;
use crate::requests::{Body, Key, OptionalBody, OrderPath};
use crate::view::TicketView;
use crate::view::names::{CancelReasonName, RejectReasonName};

type Answer = Result<Json<TicketView>, ApiError>;

/// Everything that a kitchen has in front of it.
#[derive(Serialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Tickets {
    pub tickets: Vec<TicketView>,
}

/// The board.
pub(crate) async fn board(
    State(hub): State<Hub>,
    Store(store): Store,
) -> Result<Json<Tickets>, ApiError> {
    let board = hub.streams().board(&store).await?;
    Ok(Json(Tickets { tickets: board.orders.iter().map(TicketView::of).collect() }))
}

/// The board has the ticket. It says so by itself; from here on the store's time to answer runs.
pub(crate) async fn received(
    State(hub): State<Hub>,
    Store(by): Store,
    OrderPath(id): OrderPath,
    key: Key,
) -> Answer {
    ticket(hub.give(id, &key, Command::ReceiveTicket { by }).await)
}

/// In how many minutes; without a number, as long as the store usually takes.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Promise {
    #[schemars(range(min = Rules::COOK_MINUTES_MIN, max = Rules::COOK_MINUTES_MAX))]
    cook_minutes: Option<u32>,
}

/// The store will cook it.
pub(crate) async fn accept(
    State(hub): State<Hub>,
    Store(by): Store,
    OrderPath(id): OrderPath,
    key: Key,
    OptionalBody(Promise { cook_minutes }): OptionalBody<Promise>,
) -> Answer {
    let cook_minutes = match cook_minutes {
        Some(minutes) => minutes,
        None => usual_minutes(&hub, &by).await?,
    };
    ticket(hub.give(id, &key, Command::Accept { by, cook_minutes }).await)
}

async fn usual_minutes(hub: &Hub, store: &StoreId) -> Result<u32, ApiError> {
    match hub.streams().store(store).await? {
        Some(store) => Ok(store.default_cook_minutes),
        // A store that was never described has no orders either.
        None => Err(ApiError::not_found("order")),
    }
}

/// Why a store says no to a new order.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Rejection {
    #[schemars(with = "RejectReasonName")]
    reason: RejectReason,
}

/// The store says no.
pub(crate) async fn reject(
    State(hub): State<Hub>,
    Store(by): Store,
    OrderPath(id): OrderPath,
    key: Key,
    Body(Rejection { reason }): Body<Rejection>,
) -> Answer {
    ticket(hub.give(id, &key, Command::Reject { by, reason }).await)
}

/// The cook begins.
pub(crate) async fn start_cook(
    State(hub): State<Hub>,
    Store(by): Store,
    OrderPath(id): OrderPath,
    key: Key,
) -> Answer {
    ticket(hub.give(id, &key, Command::StartCook { by }).await)
}

/// How much longer it takes.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Delay {
    #[schemars(range(min = Rules::DELAY_MINUTES_MIN, max = Rules::DELAY_MINUTES_MAX))]
    minutes: u32,
}

/// It takes longer.
pub(crate) async fn delay(
    State(hub): State<Hub>,
    Store(by): Store,
    OrderPath(id): OrderPath,
    key: Key,
    Body(Delay { minutes }): Body<Delay>,
) -> Answer {
    ticket(hub.give(id, &key, Command::DelayCook { by, minutes }).await)
}

/// It is ready.
pub(crate) async fn finish_cook(
    State(hub): State<Hub>,
    Store(by): Store,
    OrderPath(id): OrderPath,
    key: Key,
) -> Answer {
    ticket(hub.give(id, &key, Command::FinishCook { by }).await)
}

/// The cook takes the last tap back.
pub(crate) async fn undo(
    State(hub): State<Hub>,
    Store(by): Store,
    OrderPath(id): OrderPath,
    key: Key,
) -> Answer {
    ticket(hub.give(id, &key, Command::Undo { by }).await)
}

/// Why a store calls off what it had accepted.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Apology {
    /// One of those that begin with STORE_ and are the store's own.
    #[schemars(with = "CancelReasonName")]
    reason: CancelReason,
}

/// The store cannot cook it after all.
pub(crate) async fn cancel(
    State(hub): State<Hub>,
    Store(by): Store,
    OrderPath(id): OrderPath,
    key: Key,
    Body(Apology { reason }): Body<Apology>,
) -> Answer {
    ticket(hub.give(id, &key, Command::CancelByStore { by, reason }).await)
}

/// The store has seen that it was called off.
pub(crate) async fn acknowledge(
    State(hub): State<Hub>,
    Store(by): Store,
    OrderPath(id): OrderPath,
    key: Key,
) -> Answer {
    ticket(hub.give(id, &key, Command::Acknowledge { by }).await)
}

fn ticket(order: Result<domain::Order, ApiError>) -> Answer {
    order.map(|order| Json(TicketView::of(&order)))
}
