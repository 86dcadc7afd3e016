//! What the provider did for an order: how often it really charged and refunded.

use axum::Json;
use axum::extract::State;
use domain::OrderId;
use serde::{Deserialize, Serialize};

use crate::Hub;
use crate::error::ApiError;
use crate::identity::{Anyone, Identity};
use crate::requests::Params;
use crate::view::PaymentView;

/// The one provider there is.
const PROVIDER: &str = "simulated";

/// Whose payment.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Of {
    order_id: OrderId,
}

/// Payments of an order; there is one.
#[derive(Serialize)]
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
    let ledger = hub.streams().ledger(order_id).await?;
    Ok(Json(Payments { payments: vec![PaymentView::of(&order, &ledger, PROVIDER)] }))
}
