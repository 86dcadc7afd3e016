//! A job on offer, as it is pushed to many riders at once: what looks the same to all of them is
//! written down once, so that each costs a few numbers.

use domain::{DeliveryState, Order, OrderId, RiderId, Timestamp};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::JobView;

/// What a job is to one rider in particular.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// Whether they could claim it now, from where they are.
    pub(crate) claimable: bool,
    /// How far it is to the store.
    pub(crate) distance_meters: u32,
}

impl Terms {
    /// For `rider`, who is so many meters from the store.
    pub(crate) fn of(order: &Order, rider: &RiderId, meters: f64, now: Timestamp) -> Terms {
        let distance_meters = meters.round() as u32;
        let is_inside = Some(distance_meters) <= order.ring_meters();
        let has_released = |(who, until): &(RiderId, Timestamp)| who == rider && now < *until;
        let claimable = order.delivery.state == DeliveryState::Open
            && is_inside
            && !order.delivery.released.iter().any(has_released);
        Terms { claimable, distance_meters }
    }
}

/// The same for everybody whom a job is offered to.
#[derive(Debug)]
pub(crate) struct Offer {
    job: JobView,
    store: Box<RawValue>,
    dropoff: Box<RawValue>,
    ready_at: Box<RawValue>,
    opened_at: Box<RawValue>,
}

/// [`JobView`] in the eyes of one rider, byte for byte.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Offered<'a> {
    order_id: OrderId,
    number: u64,
    version: u64,
    state: DeliveryState,
    claimable: bool,
    ring_meters: Option<u32>,
    store: &'a RawValue,
    dropoff: &'a RawValue,
    distance_meters: u32,
    delivery_meters: u32,
    fee_won: u64,
    ready_at: &'a RawValue,
    opened_at: &'a RawValue,
    mine: bool,
}

impl Offer {
    /// The job of `order`, which nobody has.
    pub(crate) fn of(order: &Order) -> Offer {
        let job = JobView::untaken(order);
        Offer {
            store: written(&job.store),
            dropoff: written(&job.dropoff),
            ready_at: written(&job.ready_at),
            opened_at: written(&job.opened_at),
            job,
        }
    }

    /// To one rider.
    pub(crate) fn on(&self, terms: Terms) -> Offered<'_> {
        let job = &self.job;
        Offered {
            order_id: job.order_id,
            number: job.number,
            version: job.version,
            state: job.state,
            claimable: terms.claimable,
            ring_meters: job.ring_meters,
            store: &self.store,
            dropoff: &self.dropoff,
            distance_meters: terms.distance_meters,
            delivery_meters: job.delivery_meters,
            fee_won: job.fee_won,
            ready_at: &self.ready_at,
            opened_at: &self.opened_at,
            mine: job.mine,
        }
    }
}

fn written(part: &impl Serialize) -> Box<RawValue> {
    // Nothing in a view is a map whose keys are no text.
    to_raw_value(part).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
