//! What the provider did for an order.

use domain::{Order, OrderId, PaymentState};
use serde::Serialize;
use streams::LedgerRow;

#[cfg(test)]
use super::contract::PaymentStateName;

/// What the provider did for an order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Payment"))]
pub struct PaymentView {
    #[cfg_attr(test, ts(as = "String"))]
    pub order_id: OrderId,
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
