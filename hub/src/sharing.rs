//! Showing an order to somebody without an account: its customer is given a link for them, and
//! whoever has it sees how far the order is, and nothing else.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use domain::{Refusal, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::Hub;
use crate::clock;
use crate::error::ApiError;
use crate::identity::{Customer, Guest};
use crate::keys::{Claims, Role};
use crate::orders::{self, Patience};
use crate::requests::{OrderPath, Params};
use crate::view::{Instant, ProgressView};

/// How long a link is good. It cannot be taken back, so no longer than an order takes at its worst:
/// to be answered, cooked and delivered.
const GOOD_SECONDS: u64 = 4 * 3_600;

/// What makes a link: whoever has it may look, until then.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Share {
    pub token: String,
    pub expires_at: Instant,
}

/// Signs a token for whomever the customer shows this order to.
pub(crate) async fn share(
    State(hub): State<Hub>,
    Customer(by): Customer,
    OrderPath(id): OrderPath,
) -> Result<Response, ApiError> {
    let order = hub.find(id).await?;
    if order.customer != by {
        return Err(ApiError::not_found("order"));
    }
    if order.state.is_ended() {
        return Err(Refusal::WrongState(order.state).into());
    }
    let exp = clock::now().0 / 1_000 + GOOD_SECONDS;
    let expires_at = Timestamp(exp * 1_000);
    let claims = Claims { sub: id.to_string(), role: Role::Guest, store_id: None, exp: exp as f64 };
    let token = hub.keys().sign(&claims).ok_or_else(|| ApiError::not_found("path"))?;
    let share = Share { token, expires_at: Instant(expires_at) };
    Ok(([(CACHE_CONTROL, "no-store")], Json(share)).into_response())
}

/// How far the order is that somebody has a link to.
pub(crate) async fn progress(
    State(hub): State<Hub>,
    Guest(shared): Guest,
    OrderPath(id): OrderPath,
    Params(patience): Params<Patience>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let view = |order: &_| Some(ProgressView::of(order));
    match id == shared {
        true => orders::look(&hub, id, patience, &headers, view).await,
        false => Err(ApiError::not_found("order")),
    }
}
