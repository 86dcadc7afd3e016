//! What operators do when the trade does not go on by itself: look, step in, try again.
//!
//! Whoever steps in is written down twice: in the log of the order, with the reason, and in the
//! log of this program, without it, because a reason may name people.

use axum::Json;
use axum::extract::State;
use domain::{Command, OperatorId, OrderId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing::info;

use crate::Hub;
use crate::error::ApiError;
use crate::identity::Operator;
use crate::orders::{LIMIT_MAX, checked_limit, checked_reason};
use crate::requests::{Body, Key, Named, OrderPath, Params};
use crate::view::{Audience, DeadLetterView, OrderView, StuckOrderView};

/// Longest reason for stepping in, in characters.
pub(crate) const REASON_MAX: usize = 200;

/// How many an operator wants to see.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Wanted {
    #[schemars(range(min = 1, max = LIMIT_MAX))]
    limit: Option<usize>,
}

/// Orders that need a person or are owed something, the longest stuck first.
#[derive(Serialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StuckOrders {
    pub orders: Vec<StuckOrderView>,
}

/// What does not go on by itself, or not yet.
pub(crate) async fn stuck(
    State(hub): State<Hub>,
    Operator(_): Operator,
    Params(Wanted { limit }): Params<Wanted>,
) -> Result<Json<StuckOrders>, ApiError> {
    let stuck = hub.streams().stuck(checked_limit(limit)?).await?;
    Ok(Json(StuckOrders { orders: stuck.iter().map(StuckOrderView::from).collect() }))
}

/// Why an operator steps in.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Cause {
    #[schemars(length(min = 1, max = REASON_MAX))]
    reason: String,
}

/// Calls an order off, however far it is.
pub(crate) async fn cancel(
    State(hub): State<Hub>,
    Operator(by): Operator,
    OrderPath(id): OrderPath,
    key: Key,
    Body(cause): Body<Cause>,
) -> Result<Json<OrderView>, ApiError> {
    let reason = cause.checked()?;
    force(&hub, &by, id, &key, "cancel", Command::ForceCancel { by: by.clone(), reason }).await
}

/// Takes the job away from its rider and offers it again.
pub(crate) async fn reassign(
    State(hub): State<Hub>,
    Operator(by): Operator,
    OrderPath(id): OrderPath,
    key: Key,
    Body(cause): Body<Cause>,
) -> Result<Json<OrderView>, ApiError> {
    let reason = cause.checked()?;
    force(&hub, &by, id, &key, "reassign", Command::Reassign { by: by.clone(), reason }).await
}

/// Says that the customer has the food, because the rider cannot.
pub(crate) async fn complete(
    State(hub): State<Hub>,
    Operator(by): Operator,
    OrderPath(id): OrderPath,
    key: Key,
    Body(cause): Body<Cause>,
) -> Result<Json<OrderView>, ApiError> {
    let reason = cause.checked()?;
    force(&hub, &by, id, &key, "complete", Command::ForceComplete { by: by.clone(), reason }).await
}

impl Cause {
    fn checked(&self) -> Result<String, ApiError> {
        checked_reason(&self.reason, REASON_MAX)
    }
}

async fn force(
    hub: &Hub,
    by: &OperatorId,
    id: OrderId,
    key: &Key,
    action: &'static str,
    command: Command,
) -> Result<Json<OrderView>, ApiError> {
    let order = hub.give(id, key, command).await?;
    audit(by, id, action);
    Ok(Json(OrderView::of(&order, Audience::Operator)))
}

/// Writes down who stepped in, where and how; never why.
pub(crate) fn audit(by: &OperatorId, id: OrderId, action: &'static str) {
    info!(operator.id = %by, order.id = %id, action, "an operator stepped in");
}

/// Entries that no worker could work on, newest first.
#[derive(Serialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DeadLetters {
    pub dead: Vec<DeadLetterView>,
}

/// What workers gave up.
pub(crate) async fn dead(
    State(hub): State<Hub>,
    Operator(_): Operator,
    Params(Wanted { limit }): Params<Wanted>,
) -> Result<Json<DeadLetters>, ApiError> {
    letters(&hub, checked_limit(limit)?).await
}

/// Has all workers look again at what one of them gave up; answers with what is left.
pub(crate) async fn retry_dead(
    State(hub): State<Hub>,
    Operator(by): Operator,
    Named(id): Named<String>,
) -> Result<Json<DeadLetters>, ApiError> {
    match hub.streams().retry_dead(&id).await? {
        true => info!(operator.id = %by, dead.id = id, "an operator had an entry tried again"),
        false => return Err(ApiError::not_found("dead letter")),
    }
    letters(&hub, LIMIT_MAX).await
}

async fn letters(hub: &Hub, limit: usize) -> Result<Json<DeadLetters>, ApiError> {
    let dead = hub.streams().dead(limit).await?;
    Ok(Json(DeadLetters { dead: dead.into_iter().map(DeadLetterView::from).collect() }))
}
