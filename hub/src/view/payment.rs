//! What the provider did for an order.

use domain::{Actor, Order, OrderId, PaymentState};
use schemars::JsonSchema;
use serde::Serialize;
use streams::{LedgerRow, PaymentProvider};

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
    /// The payment of `order`, with what the simulated provider's ledger says.
    pub fn simulated(order: &Order, ledger: &LedgerRow) -> PaymentView {
        PaymentView {
            order_id: order.id,
            state: order.payment.state,
            amount_won: order.total_won,
            charges: ledger.charges,
            refunds: ledger.refunds,
            provider: PaymentProvider::Simulated.name(),
        }
    }

    /// The payment of `order`, as often as a real provider has told us that money moved. What a
    /// person gave back by hand is not the provider's.
    pub fn recorded(order: &Order, provider: PaymentProvider) -> PaymentView {
        let count = |event: &str| {
            let is_told = |by: &Actor| !matches!(by, Actor::Operator(_));
            order.steps.iter().filter(|it| it.event == event && is_told(&it.by)).count() as u64
        };
        PaymentView {
            order_id: order.id,
            state: order.payment.state,
            amount_won: order.total_won,
            charges: count("PaymentApproved"),
            refunds: count("PaymentRefunded"),
            provider: provider.name(),
        }
    }
}
