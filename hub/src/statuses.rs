//! The read side: where a customer's orders stand, and what the customer was told.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Hub;
use crate::error::ApiError;
use crate::identity::Customer;
use crate::orders::{LIMIT_MAX, checked_limit};
use crate::requests::Params;
use crate::view::{AlertView, OrderStatusView};

/// How many.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Wanted {
    #[schemars(range(min = 1, max = LIMIT_MAX))]
    limit: Option<usize>,
}

/// Where orders stand, newest first.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OrderStatuses {
    pub order_statuses: Vec<OrderStatusView>,
}

/// Where the customer's orders stand.
pub(crate) async fn statuses(
    State(hub): State<Hub>,
    Customer(customer): Customer,
    Params(Wanted { limit }): Params<Wanted>,
) -> Result<Json<OrderStatuses>, ApiError> {
    let limit = checked_limit(limit)?;
    let (statuses, _) = hub.streams().statuses(&customer, limit).await?;
    let order_statuses = statuses.iter().map(OrderStatusView::from).collect();
    Ok(Json(OrderStatuses { order_statuses }))
}

/// What a customer was told, newest first.
#[derive(Serialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Alerts {
    pub alerts: Vec<AlertView>,
}

/// What the customer was told.
pub(crate) async fn alerts(
    State(hub): State<Hub>,
    Customer(customer): Customer,
    Params(Wanted { limit }): Params<Wanted>,
) -> Result<Json<Alerts>, ApiError> {
    let limit = checked_limit(limit)?;
    let alerts = hub.streams().alerts(&customer, limit).await?;
    Ok(Json(Alerts { alerts: alerts.iter().map(AlertView::from).collect() }))
}
