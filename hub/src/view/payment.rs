//! What the provider did for an order.

use domain::{Order, OrderId, PaymentState};
use schemars::JsonSchema;
use serde::Serialize;
use streams::LedgerRow;

use super::names::{OrderIdText, PaymentStateName};

/// What the provider did for an order.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Payment")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Payment"))]
pub struct PaymentView {
    #[schemars(with = "OrderIdText")]
    #[cfg_attr(test, ts(as = "String"))]
    pub order_id: OrderId,
    #[schemars(with = "PaymentStateName")]
    #[cfg_attr(test, ts(as = "PaymentStateName"))]
    pub state: PaymentState,
    pub amount_won: u64,
    pub charges: u64,
    pub refunds: u64,
    pub provider: &'static str,
}

impl PaymentView {
    /// The payment of `order`, with what the provider's ledger says.
    pub fn of(order: &Order, ledger: &LedgerRow, provider: &'static str) -> PaymentView {
        PaymentView {
            order_id: order.id,
            state: order.payment.state,
            amount_won: order.total_won,
            charges: ledger.charges,
            refunds: ledger.refunds,
            provider,
        }
    }
}
