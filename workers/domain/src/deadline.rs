//! What time does to an order.

use crate::{Command, DeliveryState, Order, PaymentState, State, Timestamp};

/// An instant, and what then happens unless something else did before.
#[derive(Clone, Debug, PartialEq)]
pub struct Deadline {
    /// When.
    pub at: Timestamp,
    /// What.
    pub command: Command,
}

/// Says which instant comes next for this order, or `None` if it can wait for ever.
pub fn deadline(order: &Order) -> Option<Deadline> {
    let candidates = [
        (payment_check(order), Command::AskAboutPayment),
        (order.payment.refund_retry_at, Command::RetryRefund),
        (store_limit(order), Command::GiveUpOnStore),
        (store_reminder(order), Command::RemindStore),
        (while_open(order, order.delivery.give_up_at), Command::GiveUpOnRiders),
        (while_open(order, order.delivery.alert_at), Command::AlertNoRider),
        (while_open(order, order.delivery.widen_at), Command::WidenRing),
    ];
    candidates
        .into_iter()
        .filter_map(|(at, command)| at.map(|at| Deadline { at, command }))
        // The first of equals: what ends an order comes before what only adds words to it.
        .min_by_key(|deadline| deadline.at)
}

fn payment_check(order: &Order) -> Option<Timestamp> {
    let is_waiting = order.payment.state == PaymentState::Pending && !order.payment.is_overdue;
    order.payment.check_at.filter(|_| is_waiting)
}

fn store_limit(order: &Order) -> Option<Timestamp> {
    match order.state {
        // An order that no board has received is not the store's to answer.
        State::Placed => order.accept_by.or(order.reach_by),
        _ => None,
    }
}

fn store_reminder(order: &Order) -> Option<Timestamp> {
    order.remind_at.filter(|_| order.state == State::Placed)
}

fn while_open(order: &Order, at: Option<Timestamp>) -> Option<Timestamp> {
    at.filter(|_| order.delivery.state == DeliveryState::Open)
}
