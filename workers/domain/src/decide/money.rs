//! What is taken and what is given back. Nothing here is ever refused: it has happened.

use std::time::Duration;

use super::{Decision, happened, is_due, nothing};
use crate::{CancelReason, Event, Order, PaymentState, Rules, State, Timestamp};

// Never refused: if the order was called off while the charge was in flight we still hold the
// money, and only a recorded payment can be returned.
pub(super) fn confirm(order: &Order, approval: &str, now: Timestamp, rules: &Rules) -> Decision {
    let approved = Event::PaymentApproved { approval: approval.to_owned() };
    match order.payment.state {
        PaymentState::Pending if order.state == State::PaymentPending => {
            Ok(vec![approved, Event::OrderPlaced { reach_by: now + rules.store_reach }])
        }
        PaymentState::Pending | PaymentState::Declined => Ok(vec![approved]),
        // Recorded once: a payment that is reported again after its refund is not refunded again.
        PaymentState::Approved
        | PaymentState::RefundPending
        | PaymentState::RefundStuck
        | PaymentState::Refunded => nothing(),
    }
}

pub(super) fn decline(order: &Order, reason: &str) -> Decision {
    match order.payment.state {
        PaymentState::Pending => happened(Event::PaymentDeclined { reason: reason.to_owned() }),
        _ => nothing(),
    }
}

pub(super) fn ask(order: &Order, now: Timestamp) -> Decision {
    let is_waiting = order.payment.state == PaymentState::Pending && !order.payment.is_overdue;
    match is_waiting && is_due(order.payment.check_at, now) {
        true => happened(Event::PaymentOverdue),
        false => nothing(),
    }
}

pub(super) fn inquiry_failed(
    order: &Order,
    reason: &str,
    now: Timestamp,
    rules: &Rules,
) -> Decision {
    // A failure that was recorded while another worker asked as well is not a second failure.
    if order.payment.state != PaymentState::Pending || !order.payment.is_overdue {
        return nothing();
    }
    let tries = order.payment.inquiry_tries + 1;
    let pause = pause(tries, rules).min(Rules::INQUIRY_RETRY_MAX);
    let retry_at = now + jittered(order, pause);
    let failed = Event::InquiryFailed { reason: reason.to_owned(), retry_at };
    match order.state {
        // The customer is kept waiting no longer. The question stays open, because money that was
        // taken all the same has to be found and returned.
        State::PaymentPending if tries >= Rules::INQUIRY_TRIES_MAX => {
            Ok(vec![failed, Event::OrderCanceled { reason: CancelReason::PaymentUnknown }])
        }
        _ => happened(failed),
    }
}

pub(super) fn refunded(order: &Order, refund: &str) -> Decision {
    match order.payment.state {
        PaymentState::RefundPending | PaymentState::RefundStuck => {
            happened(Event::PaymentRefunded { refund: refund.to_owned() })
        }
        _ => nothing(),
    }
}

pub(super) fn refund_failed(
    order: &Order,
    reason: &str,
    now: Timestamp,
    rules: &Rules,
) -> Decision {
    // A failure that was recorded while another worker tried as well is not a second failure.
    if !order.is_refund_owed() || order.payment.refund_retry_at.is_some() {
        return nothing();
    }
    let tries = order.payment.refund_tries + 1;
    let pause = pause(tries, rules).min(Rules::REFUND_RETRY_MAX);
    let retry_at = (tries < rules.refund_tries).then(|| now + jittered(order, pause));
    happened(Event::RefundFailed { reason: reason.to_owned(), retry_at })
}

/// How long to wait after something has failed so often: longer and longer.
fn pause(tries: u32, rules: &Rules) -> Duration {
    rules.refund_retry.saturating_mul(2u32.saturating_pow(tries - 1))
}

/// A little longer, so that what failed together is not tried together. The id's dice serve.
fn jittered(order: &Order, pause: Duration) -> Duration {
    let permille = (order.id.as_uuid().as_u128() % 250) as u32;
    pause + pause * permille / 1000
}

pub(super) fn retry_refund(order: &Order, now: Timestamp) -> Decision {
    match order.is_refund_owed() && is_due(order.payment.refund_retry_at, now) {
        true => happened(Event::RefundDue),
        false => nothing(),
    }
}
