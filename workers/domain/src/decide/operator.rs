//! What an operator may force. Each deed leaves its reason in the log, for the audit.

use super::{Decision, happened, nothing, ride};
use crate::{
    CancelReason, DeliveryState, Event, Order, PaymentState, Refusal, Rules, State, Timestamp,
};

pub(super) fn cancel(order: &Order, reason: &str) -> Decision {
    match order.state {
        State::Canceled => nothing(),
        state if state.is_ended() => Err(Refusal::WrongState(state)),
        _ => Ok(vec![
            acted("cancel", reason),
            Event::OrderCanceled { reason: CancelReason::Operator },
        ]),
    }
}

pub(super) fn reassign(order: &Order, reason: &str, now: Timestamp, rules: &Rules) -> Decision {
    match order.delivery.state {
        DeliveryState::Claimed | DeliveryState::PickedUp => {
            Ok(vec![acted("reassign", reason), ride::released(order, reason, now, rules)])
        }
        DeliveryState::Open => nothing(),
        _ => Err(Refusal::WrongState(order.state)),
    }
}

pub(super) fn complete(order: &Order, reason: &str) -> Decision {
    match order.state {
        State::Delivering => Ok(vec![acted("complete", reason), Event::DeliveryCompleted]),
        State::Delivered => nothing(),
        state => Err(Refusal::WrongState(state)),
    }
}

pub(super) fn reopen_refund(order: &Order) -> Decision {
    match order.payment.state {
        PaymentState::RefundStuck => happened(Event::RefundReopened),
        PaymentState::RefundPending | PaymentState::Refunded => nothing(),
        _ => Err(Refusal::WrongState(order.state)),
    }
}

pub(super) fn settle_refund(order: &Order, reference: &str) -> Decision {
    match order.payment.state {
        PaymentState::RefundStuck => {
            happened(Event::PaymentRefunded { refund: reference.to_owned() })
        }
        PaymentState::Refunded => nothing(),
        _ => Err(Refusal::WrongState(order.state)),
    }
}

fn acted(action: &str, reason: &str) -> Event {
    Event::OperatorActed { action: action.to_owned(), reason: reason.to_owned() }
}
