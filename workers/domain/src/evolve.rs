//! What an event changes. Holds no opinions: every judgement was made in `decide`.

use std::time::Duration;

use crate::{
    Attention, Delivery, DeliveryState, Eta, Event, Order, OrderId, Payment, PaymentState,
    Recorded, Request, Search, State, Step, Timestamp, Undo,
};

/// Folds the log of an order, oldest event first. `None` if the log does not begin with a request.
pub fn fold<'a>(id: OrderId, log: impl IntoIterator<Item = &'a Recorded>) -> Option<Order> {
    let mut log = log.into_iter();
    let first = log.next()?;
    let Event::OrderRequested(request) = &first.event else {
        return None;
    };
    Some(log.fold(requested(id, first, request), evolve))
}

/// Says what `recorded` changes.
pub fn evolve(mut order: Order, recorded: &Recorded) -> Order {
    order.version += 1;
    order.last_command = recorded.command;
    apply(&mut order, recorded);
    order.steps.push(step(recorded));
    order
}

fn step(recorded: &Recorded) -> Step {
    Step {
        event: recorded.event.name().into(),
        at: recorded.at,
        by: recorded.by.clone(),
        reason: recorded.event.reason(),
    }
}

fn requested(id: OrderId, recorded: &Recorded, request: &Request) -> Order {
    let request = request.clone();
    Order {
        id,
        version: 1,
        number: request.number,
        customer: request.customer,
        shop: request.shop,
        items: request.items,
        total_won: request.total_won,
        address: request.address,
        note: request.note,
        state: State::PaymentPending,
        payment: Payment {
            state: PaymentState::Pending,
            by: request.payment,
            approval: None,
            declined: None,
            check_at: Some(request.check_at),
            is_overdue: false,
            inquiry_tries: 0,
            refund_tries: 0,
            refund_retry_at: None,
        },
        delivery: Delivery {
            state: DeliveryState::None,
            rider: None,
            claimed_meters: None,
            fee_won: request.fee_won,
            meters: request.meters,
            pickup_millis: request.pickup_millis,
            ride_millis: request.ride_millis,
            opened_at: None,
            ring: 0,
            widen_at: None,
            alert_at: None,
            give_up_at: None,
            approached: false,
            released: vec![],
        },
        attention: None,
        requested_at: recorded.at,
        placed_at: None,
        reach_by: None,
        remind_at: None,
        accept_by: None,
        cook_due_at: None,
        cooked_at: None,
        eta: None,
        undo: None,
        rejected: None,
        canceled: None,
        acknowledged: false,
        last_command: recorded.command,
        steps: vec![step(recorded)],
    }
}

fn apply(order: &mut Order, recorded: &Recorded) {
    let at = recorded.at;
    match &recorded.event {
        // Only the first event of a log, and folded there.
        Event::OrderRequested(_) => (),
        Event::PaymentApproved { approval } => {
            order.payment.approval = Some(approval.clone());
            order.payment.state = match order.state {
                State::PaymentPending => PaymentState::Approved,
                _ => PaymentState::RefundPending,
            };
        }
        Event::OrderPlaced { reach_by } => {
            order.state = State::Placed;
            order.placed_at = Some(at);
            order.reach_by = Some(*reach_by);
        }
        Event::PaymentDeclined { reason } => {
            order.payment.state = PaymentState::Declined;
            order.payment.declined = Some(reason.clone());
            if order.state == State::PaymentPending {
                order.state = State::PaymentFailed;
            }
        }
        Event::PaymentOverdue => order.payment.is_overdue = true,
        Event::InquiryFailed { retry_at, .. } => {
            order.payment.is_overdue = false;
            order.payment.inquiry_tries += 1;
            order.payment.check_at = Some(*retry_at);
        }
        Event::OrderInfoTransferred { remind_at, accept_by } => {
            order.remind_at = Some(*remind_at);
            order.accept_by = Some(*accept_by);
        }
        Event::StoreReminded => {
            order.remind_at = None;
            order.attention = Some(Attention::StoreSlow);
        }
        Event::OrderAccepted { cook_due_at } => {
            order.state = State::Accepted;
            order.cook_due_at = Some(*cook_due_at);
            order.attention = None;
            expect_ready(order, *cook_due_at, recorded);
        }
        Event::OrderRejected { reason } => {
            order.rejected = Some(*reason);
            call_off(order, State::Rejected);
        }
        Event::CookStarted { undo_until } => {
            order.state = State::Cooking;
            order.delivery.state = DeliveryState::Announced;
            order.undo = Some(Undo { until: *undo_until, version: order.version });
        }
        Event::CookDelayed { cook_due_at } => {
            order.cook_due_at = Some(*cook_due_at);
            expect_ready(order, *cook_due_at, recorded);
        }
        Event::CookFinished { undo_until, search } => {
            order.state = State::Cooked;
            order.cooked_at = Some(at);
            order.delivery.opened_at = Some(at);
            order.undo = Some(Undo { until: *undo_until, version: order.version });
            open(order, search);
            expect_ready(order, at, recorded);
        }
        Event::StatusReverted { to } => revert(order, *to, recorded),
        Event::OrderCanceled { reason } => {
            order.canceled = Some((recorded.by.clone(), *reason));
            call_off(order, State::Canceled);
        }
        Event::TicketAcknowledged => order.acknowledged = true,
        Event::JobClaimed { rider, meters } => {
            order.delivery.state = DeliveryState::Claimed;
            order.delivery.rider = Some(rider.clone());
            order.delivery.claimed_meters = *meters;
            order.attention = order.attention.filter(|it| *it != Attention::NoRider);
        }
        Event::JobReleased { cooldown_until, search, .. } => {
            // A rider may lose the job with the food in hand, if an operator says so.
            order.state = State::Cooked;
            order.attention = None;
            order.delivery.released.retain(|(_, until)| *until > at);
            order
                .delivery
                .released
                .extend(order.delivery.rider.take().map(|it| (it, *cooldown_until)));
            open(order, search);
        }
        Event::RingWidened { ring, widen_at } => {
            order.delivery.ring = *ring;
            order.delivery.widen_at = *widen_at;
        }
        Event::RiderMissing => {
            order.delivery.alert_at = None;
            order.attention = Some(Attention::NoRider);
        }
        Event::DeliveryStarted { .. } => {
            order.state = State::Delivering;
            order.delivery.state = DeliveryState::PickedUp;
            let ride = Duration::from_millis(order.delivery.ride_millis);
            expect_arrival(order, at + ride, recorded);
        }
        Event::DeliveryCompleted => {
            order.state = State::Delivered;
            order.delivery.state = DeliveryState::Completed;
            order.attention = None;
        }
        Event::ProblemReported { .. } => order.attention = Some(Attention::Problem),
        Event::PaymentRefunded { .. } => {
            order.payment.state = PaymentState::Refunded;
            order.payment.refund_retry_at = None;
            order.attention = None;
        }
        Event::RefundFailed { retry_at, .. } => {
            order.payment.refund_tries += 1;
            order.payment.refund_retry_at = *retry_at;
            if retry_at.is_none() {
                order.payment.state = PaymentState::RefundStuck;
                order.attention = Some(Attention::RefundStuck);
            }
        }
        Event::RefundDue => order.payment.refund_retry_at = None,
        Event::RefundReopened => {
            order.payment.state = PaymentState::RefundPending;
            order.payment.refund_tries = 0;
            order.payment.refund_retry_at = None;
            order.attention = None;
        }
        Event::RiderWentSilent => order.attention = Some(Attention::RiderSilent),
        Event::RiderApproached => order.delivery.approached = true,
        // Kept for the audit; what was done are the events beside it.
        Event::OperatorActed { .. } => (),
    }
}

fn open(order: &mut Order, search: &Search) {
    order.delivery.state = DeliveryState::Open;
    order.delivery.widen_at = search.widen_at;
    order.delivery.alert_at = Some(search.alert_at);
    order.delivery.give_up_at = Some(search.give_up_at);
}

fn revert(order: &mut Order, to: State, recorded: &Recorded) {
    order.state = to;
    order.undo = None;
    order.cooked_at = None;
    order.delivery.opened_at = None;
    order.delivery.ring = 0;
    order.delivery.state = match to {
        State::Cooking => DeliveryState::Announced,
        _ => DeliveryState::None,
    };
    if let Some(due) = order.cook_due_at {
        expect_ready(order, due, recorded);
    }
}

// The rider stays named: whoever held the job has to learn that it is withdrawn.
fn call_off(order: &mut Order, state: State) {
    order.state = state;
    order.attention = None;
    order.eta = None;
    if order.payment.state == PaymentState::Approved {
        order.payment.state = PaymentState::RefundPending;
    }
    if order.delivery.state != DeliveryState::None {
        order.delivery.state = DeliveryState::Withdrawn;
    }
}

fn expect_ready(order: &mut Order, ready: Timestamp, recorded: &Recorded) {
    let road = order.delivery.pickup_millis.saturating_add(order.delivery.ride_millis);
    expect_arrival(order, ready + Duration::from_millis(road), recorded);
}

/// Moves the window in which the food is expected. The first promise stays.
fn expect_arrival(order: &mut Order, from: Timestamp, recorded: &Recorded) {
    // The window is as wide as finding the store may take.
    let to = from + Duration::from_millis(order.delivery.pickup_millis);
    order.eta = Some(match order.eta {
        None => Eta { from, to, first_promise: to, cause: None },
        Some(Eta { first_promise, .. }) => {
            let cause = (to != first_promise).then(|| recorded.event.name().into());
            Eta { from, to, first_promise, cause }
        }
    });
}
