//! What is owed.

use crate::{Order, PaymentState, State};

/// Something the world owes an order, done outside and then recorded by a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Take the money.
    Charge,
    /// Ask what became of the money, and see to it that nothing comes of it later.
    Inquire,
    /// Give the money back.
    Refund,
}

/// Says what the world owes this order now, or `None` if it owes nothing.
///
/// Reads the state and not the last event, so a worker that crashed half way, one that is handed
/// the same event again and the watchdog all ask the same question and get the same answer.
pub fn react(order: &Order) -> Option<Effect> {
    let payment = &order.payment;
    match payment.state {
        PaymentState::Pending if payment.is_overdue => Some(Effect::Inquire),
        // Who has asked once does not charge any more: the answer may be on its way.
        PaymentState::Pending if payment.inquiry_tries > 0 => None,
        PaymentState::Pending if order.state == State::PaymentPending => Some(Effect::Charge),
        // Called off while a charge may be in flight: what became of it is asked when it is due.
        PaymentState::Pending => None,
        PaymentState::RefundPending if payment.refund_retry_at.is_none() => Some(Effect::Refund),
        PaymentState::RefundPending
        | PaymentState::Approved
        | PaymentState::Declined
        | PaymentState::RefundStuck
        | PaymentState::Refunded => None,
    }
}
