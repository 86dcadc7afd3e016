//! What the provider did for an order: how often it really charged and refunded. And what an
//! operator does when it cannot give the money back.

use axum::Json;
use axum::extract::State;
use domain::{Command, Order, OrderId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use streams::PaymentProvider;

use crate::Hub;
use crate::error::ApiError;
use crate::identity::{Anyone, Identity, Operator};
use crate::ops::audit;
use crate::orders::checked_text;
use crate::requests::{Body, Key, OrderPath, Params};
use crate::view::PaymentView;
use crate::view::names::OrderIdText;

/// Longest reference of a refund that was made by hand, in characters.
pub(crate) const REFERENCE_MAX: usize = 200;

/// Whose payment.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Of {
    #[schemars(with = "OrderIdText")]
    order_id: OrderId,
}

/// Payments of an order; there is one.
#[derive(Serialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Payments {
    pub payments: Vec<PaymentView>,
}

/// The payment of one order, for its customer and for operators.
pub(crate) async fn list(
    State(hub): State<Hub>,
    Anyone(identity): Anyone,
    Params(Of { order_id }): Params<Of>,
) -> Result<Json<Payments>, ApiError> {
    match &identity {
        Identity::Customer(_) | Identity::Operator(_) => (),
        other => return Err(ApiError::wrong_role(other.role())),
    }
    let order = hub.find(hub.existing(order_id)?).await?;
    if identity.audience(&order).is_none() {
        return Err(ApiError::not_found("order"));
    }
    Ok(Json(Payments { payments: vec![view(&hub, &order).await?] }))
}

/// A stuck refund is tried again, from the beginning.
pub(crate) async fn retry_refund(
    State(hub): State<Hub>,
    Operator(by): Operator,
    OrderPath(id): OrderPath,
    key: Key,
) -> Result<Json<PaymentView>, ApiError> {
    let order = hub.give(id, &key, Command::ReopenRefund { by: by.clone() }).await?;
    audit(&by, id, "retryRefund");
    view(&hub, &order).await.map(Json)
}

/// How money was given back by hand.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Settlement {
    #[schemars(length(min = 1, max = REFERENCE_MAX))]
    reference: String,
}

/// A stuck refund was made by hand.
pub(crate) async fn settle(
    State(hub): State<Hub>,
    Operator(by): Operator,
    OrderPath(id): OrderPath,
    key: Key,
    Body(Settlement { reference }): Body<Settlement>,
) -> Result<Json<PaymentView>, ApiError> {
    let reference = checked_text("/reference", &reference, REFERENCE_MAX)?;
    let command = Command::SettleRefund { by: by.clone(), reference };
    let order = hub.give(id, &key, command).await?;
    audit(&by, id, "settle");
    view(&hub, &order).await.map(Json)
}

async fn view(hub: &Hub, order: &Order) -> Result<PaymentView, ApiError> {
    match hub.config().payment_provider {
        PaymentProvider::Simulated => {
            let ledger = hub.streams().ledger(order.id).await?;
            Ok(PaymentView::simulated(order, &ledger))
        }
        provider @ PaymentProvider::Toss => Ok(PaymentView::recorded(order, provider)),
    }
}
