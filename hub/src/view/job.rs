//! A delivery as riders see it.

use domain::{DeliveryState, Order, OrderId, Point, RiderId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::Instant;
use super::names::{DeliveryStateName, OrderIdText};
use super::offer::Terms;
use super::order::ShopView;

/// Decimals of a drop-off that riders see before they have claimed it: some 100 m.
const COARSE_DEGREES: f64 = 1_000.0;

/// A delivery as a rider sees it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Job")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Job"))]
pub struct JobView {
    #[schemars(with = "OrderIdText")]
    #[cfg_attr(test, ts(as = "String"))]
    pub order_id: OrderId,
    pub number: u64,
    pub version: u64,
    #[schemars(with = "DeliveryStateName")]
    #[cfg_attr(test, ts(as = "DeliveryStateName"))]
    pub state: DeliveryState,
    pub claimable: bool,
    /// How far from the store it can be claimed, while it can be.
    pub ring_meters: Option<u32>,
    pub store: ShopView,
    pub dropoff: DropoffView,
    /// From the rider to the store; nothing where the rider's position is not known.
    pub distance_meters: Option<u32>,
    pub delivery_meters: u32,
    pub fee_won: u64,
    pub ready_at: Option<Instant>,
    pub opened_at: Option<Instant>,
    pub mine: bool,
}

/// Where a job ends: roughly for everybody, exactly for whoever has claimed it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Dropoff")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Dropoff"))]
pub struct DropoffView {
    pub area: String,
    pub lat: f64,
    pub lng: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub note: Option<String>,
}

impl JobView {
    /// The job of `order` in the eyes of `rider`, who is at `from` as far as anybody knows.
    pub fn of(order: &Order, rider: &RiderId, from: Option<Point>) -> JobView {
        let meters = |from: Point| from.distance_meters(order.shop.position).round() as u32;
        let is_mine = order.delivery.rider.as_ref() == Some(rider);
        JobView { distance_meters: from.map(meters), ..JobView::seen(order, is_mine) }
    }

    /// The job of `order`, which nobody has, in nobody's eyes.
    pub(super) fn untaken(order: &Order) -> JobView {
        JobView::seen(order, false)
    }

    /// The job as it is offered to `rider`, who is at `from`: claimable only if they could claim
    /// it from there `now`.
    pub(crate) fn offered(order: &Order, rider: &RiderId, from: Point, now: Timestamp) -> JobView {
        let meters = from.distance_meters(order.shop.position);
        let Terms { claimable, distance_meters } = Terms::of(order, rider, meters, now);
        JobView { claimable, distance_meters: Some(distance_meters), ..JobView::untaken(order) }
    }

    fn seen(order: &Order, is_mine: bool) -> JobView {
        // A withdrawn or finished delivery is not a reason to know where somebody lives.
        let is_exact = is_mine && order.is_job_active();
        let Point { lat, lng } = order.address.position;
        let coarse = |degrees: f64| (degrees * COARSE_DEGREES).round() / COARSE_DEGREES;
        JobView {
            order_id: order.id,
            number: order.number,
            version: order.version,
            state: order.delivery.state,
            claimable: order.delivery.state == DeliveryState::Open,
            ring_meters: order.ring_meters(),
            store: ShopView::of(order),
            dropoff: DropoffView {
                area: area(&order.address.text),
                lat: if is_exact { lat } else { coarse(lat) },
                lng: if is_exact { lng } else { coarse(lng) },
                address: is_exact.then(|| order.address.text.clone()),
                note: is_exact.then(|| order.note.clone()),
            },
            distance_meters: None,
            delivery_meters: order.delivery.meters,
            fee_won: order.delivery.fee_won,
            ready_at: order.cooked_at.or(order.cook_due_at).map(Instant),
            opened_at: order.delivery.opened_at.map(Instant),
            mine: is_mine,
        }
    }
}

/// The part of an address that many share: its first two words, nothing with a house number.
fn area(address: &str) -> String {
    let street = address.split(',').next().unwrap_or_default();
    street.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}
