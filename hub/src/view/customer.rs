//! The customer's own view of orders, and what they were told.

use domain::{OrderId, State, StoreId};
use schemars::JsonSchema;
use serde::Serialize;
use streams::{Alert, OrderStatus};

use super::Instant;
use super::names::{IdText, OrderIdText, StateName};

/// A line of the customer's own view of orders.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "OrderStatus")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "OrderStatus"))]
pub struct OrderStatusView {
    #[schemars(with = "OrderIdText")]
    #[cfg_attr(test, ts(as = "String"))]
    pub order_id: OrderId,
    #[schemars(with = "IdText")]
    #[cfg_attr(test, ts(as = "String"))]
    pub store_id: StoreId,
    #[schemars(with = "StateName")]
    #[cfg_attr(test, ts(as = "StateName"))]
    pub state: State,
    pub label: &'static str,
    pub version: u64,
    pub updated_at: Instant,
}

impl From<&OrderStatus> for OrderStatusView {
    fn from(status: &OrderStatus) -> OrderStatusView {
        OrderStatusView {
            order_id: status.order_id,
            store_id: status.store_id.clone(),
            state: status.state,
            label: status.state.label(),
            version: status.version,
            updated_at: Instant(status.updated_at),
        }
    }
}

/// Something a customer was told.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Alert")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Alert"))]
pub struct AlertView {
    pub text: String,
    #[schemars(with = "OrderIdText")]
    #[cfg_attr(test, ts(as = "String"))]
    pub order_id: OrderId,
    pub at: Instant,
}

impl From<&Alert> for AlertView {
    fn from(alert: &Alert) -> AlertView {
        AlertView { text: alert.text.clone(), order_id: alert.order_id, at: Instant(alert.at) }
    }
}
