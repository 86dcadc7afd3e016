//! The customer's own view of orders, and what they were told.

use domain::{OrderId, State, StoreId};
use serde::Serialize;
use streams::{Alert, OrderStatus};

use super::Instant;
#[cfg(test)]
use super::contract::StateName;

/// A line of the customer's own view of orders.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "OrderStatus"))]
pub struct OrderStatusView {
    #[cfg_attr(test, ts(as = "String"))]
    pub order_id: OrderId,
    #[cfg_attr(test, ts(as = "String"))]
    pub store_id: StoreId,
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
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Alert"))]
pub struct AlertView {
    pub text: String,
    #[cfg_attr(test, ts(as = "String"))]
    pub order_id: OrderId,
    pub at: Instant,
}

impl From<&Alert> for AlertView {
    fn from(alert: &Alert) -> AlertView {
        AlertView { text: alert.text.clone(), order_id: alert.order_id, at: Instant(alert.at) }
    }
}
