//! What riders do about a job, and what time does to a job that nobody takes.

use super::{Decision, canceled, happened, is_due, nothing};
use crate::{
    Attention, CancelReason, DeliveryState, Event, Order, Point, Refusal, RiderId, Rules, Search,
    Sighting, State, Timestamp,
};

pub(super) fn claim(
    order: &Order,
    by: &RiderId,
    from: Sighting,
    now: Timestamp,
    rules: &Rules,
) -> Decision {
    match order.delivery.state {
        DeliveryState::Claimed if order.is_held_by(by) => nothing(),
        _ => {
            let meters = can_claim(order, by, Some(from), now, rules)?;
            happened(Event::JobClaimed { rider: by.clone(), meters: Some(meters) })
        }
    }
}

pub(super) fn release(
    order: &Order,
    by: &RiderId,
    reason: &str,
    now: Timestamp,
    rules: &Rules,
) -> Decision {
    match order.delivery.state {
        DeliveryState::Claimed if order.is_held_by(by) => {
            happened(released(order, reason, now, rules))
        }
        _ if has_released(order, by) => nothing(),
        _ => Err(too_late(order, by)),
    }
}

pub(super) fn pick(
    order: &Order,
    by: &RiderId,
    from: Option<Sighting>,
    now: Timestamp,
    rules: &Rules,
) -> Decision {
    let started = Event::DeliveryStarted { rider: by.clone() };
    match order.delivery.state {
        DeliveryState::Claimed if order.is_held_by(by) => happened(started),
        DeliveryState::PickedUp if order.is_held_by(by) => nothing(),
        _ => {
            let meters = can_claim(order, by, from, now, rules)?;
            Ok(vec![Event::JobClaimed { rider: by.clone(), meters: Some(meters) }, started])
        }
    }
}

pub(super) fn confirm(order: &Order, by: &RiderId) -> Decision {
    match order.state {
        State::Delivering if order.is_held_by(by) => happened(Event::DeliveryCompleted),
        State::Delivered if order.is_held_by(by) => nothing(),
        _ => Err(too_late(order, by)),
    }
}

pub(super) fn widen(order: &Order, now: Timestamp, rules: &Rules) -> Decision {
    match is_open(order) && is_due(order.delivery.widen_at, now) {
        true => {
            let ring = order.delivery.ring.saturating_add(1);
            let widen_at = Search::begin(ring, now, rules).widen_at;
            happened(Event::RingWidened { ring, widen_at })
        }
        false => nothing(),
    }
}

pub(super) fn alert(order: &Order, now: Timestamp) -> Decision {
    match is_open(order) && is_due(order.delivery.alert_at, now) {
        true => happened(Event::RiderMissing),
        false => nothing(),
    }
}

pub(super) fn give_up(order: &Order, now: Timestamp) -> Decision {
    match is_open(order) && is_due(order.delivery.give_up_at, now) {
        true => canceled(CancelReason::NoRider),
        false => nothing(),
    }
}

pub(super) fn notice_silence(
    order: &Order,
    rider: &RiderId,
    now: Timestamp,
    rules: &Rules,
) -> Decision {
    match order.delivery.state {
        _ if !order.is_held_by(rider) => nothing(),
        DeliveryState::Claimed => happened(released(order, "silent", now, rules)),
        // Nothing automatic: the food is with the rider.
        DeliveryState::PickedUp if order.attention != Some(Attention::RiderSilent) => {
            happened(Event::RiderWentSilent)
        }
        _ => nothing(),
    }
}

/// Told once for each order, and only by whoever has the food.
pub(super) fn notice_approach(order: &Order, rider: &RiderId, from: Point) -> Decision {
    let has_food = order.delivery.state == DeliveryState::PickedUp && order.is_held_by(rider);
    let meters = from.distance_meters(order.address.position);
    match has_food && !order.delivery.approached && meters <= f64::from(Rules::APPROACH_METERS) {
        true => happened(Event::RiderApproached),
        false => nothing(),
    }
}

/// The job given back, whoever wants it so.
pub(super) fn released(order: &Order, reason: &str, now: Timestamp, rules: &Rules) -> Event {
    Event::JobReleased {
        reason: reason.to_owned(),
        cooldown_until: now + rules.release_cooldown,
        search: Search::begin(order.delivery.ring, now, rules),
    }
}

fn is_open(order: &Order) -> bool {
    order.delivery.state == DeliveryState::Open
}

fn has_released(order: &Order, by: &RiderId) -> bool {
    order.delivery.released.iter().any(|(rider, _)| rider == by)
}

/// Whoever never held the job need not know what became of it.
fn too_late(order: &Order, by: &RiderId) -> Refusal {
    match order.is_held_by(by) || has_released(order, by) {
        true => Refusal::WrongState(order.state),
        false => Refusal::NotYours,
    }
}

/// How far from the store a rider is who may have the job.
///
/// Whoever asked for them may have looked long ago where they are: it is judged here how old that
/// is, at the instant that the log will show.
fn can_claim(
    order: &Order,
    by: &RiderId,
    from: Option<Sighting>,
    now: Timestamp,
    rules: &Rules,
) -> Result<u32, Refusal> {
    match order.delivery.state {
        DeliveryState::Open => (),
        DeliveryState::Claimed | DeliveryState::PickedUp | DeliveryState::Completed => {
            return Err(Refusal::Taken);
        }
        DeliveryState::None | DeliveryState::Announced | DeliveryState::Withdrawn => {
            return Err(Refusal::WrongState(order.state));
        }
    }
    if order.delivery.released.iter().any(|(rider, until)| rider == by && now < *until) {
        return Err(Refusal::ReleasedByYou);
    }
    let from = from.filter(|it| now.since(it.at) <= rules.rider_stale);
    let from = from.ok_or(Refusal::PositionUnknown)?;
    let meters = from.point.distance_meters(order.shop.position).round() as u32;
    let ring_meters = order.delivery.ring_meters();
    match meters <= ring_meters {
        true => Ok(meters),
        false => Err(Refusal::TooFar { meters, ring_meters }),
    }
}
