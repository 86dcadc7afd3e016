//! What a store does about an order, and what time does to a store that does nothing.

use super::{Decision, canceled, happened, is_due, nothing};
use crate::{
    CancelReason, Event, Order, Refusal, RejectReason, Rules, Search, State, StoreId, Timestamp,
};

pub(super) fn receive(order: &Order, by: &StoreId, now: Timestamp, rules: &Rules) -> Decision {
    of(order, by)?;
    match (order.state, order.accept_by) {
        (State::Placed, None) => happened(Event::OrderInfoTransferred {
            remind_at: now + rules.accept / 2,
            accept_by: now + rules.accept,
        }),
        _ => nothing(),
    }
}

pub(super) fn remind(order: &Order, now: Timestamp) -> Decision {
    match order.state {
        State::Placed if is_due(order.remind_at, now) => happened(Event::StoreReminded),
        _ => nothing(),
    }
}

pub(super) fn accept(
    order: &Order,
    by: &StoreId,
    cook_minutes: u32,
    now: Timestamp,
    rules: &Rules,
) -> Decision {
    of(order, by)?;
    match order.state {
        State::Accepted => nothing(),
        State::Placed => accepted(cook_minutes, now, rules),
        state => Err(Refusal::WrongState(state)),
    }
}

pub(super) fn auto_accept(
    order: &Order,
    cook_minutes: u32,
    now: Timestamp,
    rules: &Rules,
) -> Decision {
    match order.state {
        State::Placed => accepted(cook_minutes, now, rules),
        _ => nothing(),
    }
}

fn accepted(cook_minutes: u32, now: Timestamp, rules: &Rules) -> Decision {
    within("/cookMinutes", cook_minutes, Rules::COOK_MINUTES_MIN, Rules::COOK_MINUTES_MAX)?;
    happened(Event::OrderAccepted { cook_due_at: now + rules.minute * cook_minutes })
}

pub(super) fn reject(order: &Order, by: &StoreId, reason: RejectReason) -> Decision {
    of(order, by)?;
    match order.state {
        State::Placed => happened(Event::OrderRejected { reason }),
        State::Rejected => nothing(),
        state => Err(Refusal::WrongState(state)),
    }
}

pub(super) fn start_cook(order: &Order, by: &StoreId, now: Timestamp, rules: &Rules) -> Decision {
    of(order, by)?;
    match order.state {
        State::Accepted => happened(Event::CookStarted { undo_until: now + rules.undo }),
        State::Cooking => nothing(),
        state => Err(Refusal::WrongState(state)),
    }
}

pub(super) fn delay_cook(order: &Order, by: &StoreId, minutes: u32, rules: &Rules) -> Decision {
    of(order, by)?;
    match (order.state, order.cook_due_at) {
        (State::Accepted | State::Cooking, Some(due)) => {
            within("/minutes", minutes, Rules::DELAY_MINUTES_MIN, Rules::DELAY_MINUTES_MAX)?;
            happened(Event::CookDelayed { cook_due_at: due + rules.minute * minutes })
        }
        (state, _) => Err(Refusal::WrongState(state)),
    }
}

pub(super) fn finish_cook(order: &Order, by: &StoreId, now: Timestamp, rules: &Rules) -> Decision {
    of(order, by)?;
    match order.state {
        State::Cooking => happened(Event::CookFinished {
            undo_until: now + rules.undo,
            search: Search::begin(0, now, rules),
        }),
        State::Cooked => nothing(),
        state => Err(Refusal::WrongState(state)),
    }
}

pub(super) fn undo(order: &Order, by: &StoreId, now: Timestamp) -> Decision {
    of(order, by)?;
    let to = match order.state {
        State::Cooking => State::Accepted,
        State::Cooked => State::Cooking,
        state => return Err(Refusal::WrongState(state)),
    };
    match order.undo {
        Some(undo) if undo.version == order.version && now <= undo.until => {
            happened(Event::StatusReverted { to })
        }
        _ => Err(Refusal::UndoTooLate),
    }
}

pub(super) fn cancel(order: &Order, by: &StoreId, reason: CancelReason) -> Decision {
    use CancelReason::*;

    of(order, by)?;
    match order.state {
        State::Accepted | State::Cooking | State::Cooked => match reason {
            StoreSoldOut | StoreTooBusy | StoreClosing | StoreOther => canceled(reason),
            _ => Err(Refusal::invalid(
                "/reason",
                "a store's reason starts with STORE_ and is its own",
            )),
        },
        State::Canceled => nothing(),
        state => Err(Refusal::WrongState(state)),
    }
}

pub(super) fn acknowledge(order: &Order, by: &StoreId) -> Decision {
    of(order, by)?;
    match order.is_to_acknowledge() {
        true => happened(Event::TicketAcknowledged),
        false => nothing(),
    }
}

pub(super) fn give_up(order: &Order, now: Timestamp) -> Decision {
    match order.state {
        State::Placed if is_due(order.accept_by, now) => canceled(CancelReason::StoreTimeout),
        State::Placed if order.accept_by.is_none() && is_due(order.reach_by, now) => {
            canceled(CancelReason::StoreUnreachable)
        }
        _ => nothing(),
    }
}

/// Until it is paid for, an order is no store's.
fn of(order: &Order, by: &StoreId) -> Result<(), Refusal> {
    match order.shop.id == *by && order.placed_at.is_some() {
        true => Ok(()),
        false => Err(Refusal::NotYours),
    }
}

fn within(pointer: &str, minutes: u32, min: u32, max: u32) -> Result<(), Refusal> {
    match (min..=max).contains(&minutes) {
        true => Ok(()),
        false => Err(Refusal::invalid(pointer, format!("{min} to {max} minutes"))),
    }
}
