//! An order as a guest sees it: somebody without an account, to whom its customer gave a link. How
//! far it is and when it comes; nothing of who ordered what, for how much, and where it goes.

use domain::{Order, OrderId, Point, Rules, State};
use schemars::JsonSchema;
use serde::Serialize;

use super::Instant;
use super::names::{OrderIdText, StateName};
use super::order::{DeliveryView, EtaView, ShopView};

/// What guests are told of that happened; of everything else they have no need to know.
const TOLD: [&str; 13] = [
    "OrderPlaced",
    "OrderAccepted",
    "CookStarted",
    "CookDelayed",
    "CookFinished",
    "StatusReverted",
    "JobClaimed",
    "JobReleased",
    "RiderMissing",
    "RiderWentSilent",
    "DeliveryStarted",
    "RiderApproached",
    "DeliveryCompleted",
];

/// How far an order is, for those with whom its customer shares it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Progress")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Progress"))]
pub struct ProgressView {
    #[schemars(with = "OrderIdText")]
    #[cfg_attr(test, ts(as = "String"))]
    pub id: OrderId,
    pub number: u64,
    pub version: u64,
    #[schemars(with = "StateName")]
    #[cfg_attr(test, ts(as = "StateName"))]
    pub state: State,
    pub label: &'static str,
    pub store: ShopView,
    pub delivery: DeliveryView,
    pub placed_at: Instant,
    pub cook_due_at: Option<Instant>,
    pub eta: Option<EtaView>,
    pub timeline: Vec<ProgressStepView>,
}

/// Something that happened, without by whom and why.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ProgressStep")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "ProgressStep"))]
pub struct ProgressStepView {
    pub event: String,
    pub at: Instant,
}

impl ProgressView {
    /// The order in the eyes of a guest.
    pub fn of(order: &Order) -> ProgressView {
        let told = order.steps.iter().map(|it| (it.event.to_string(), it.at));
        let told = told.filter(|(event, _)| TOLD.contains(&event.as_str()));
        ProgressView {
            id: order.id,
            number: order.number,
            version: order.version,
            state: order.state,
            label: order.state.label(),
            store: ShopView::of(order),
            delivery: DeliveryView::of(order),
            placed_at: Instant(order.placed_at.unwrap_or(order.requested_at)),
            cook_due_at: order.cook_due_at.map(Instant),
            eta: EtaView::of(order),
            timeline: told.map(|(event, at)| ProgressStepView { event, at: Instant(at) }).collect(),
        }
    }
}

/// Whether a guest may be told that the rider of an order that goes to `door` is at `rider`. The
/// last stretch would tell the address.
pub fn is_far_from_door(rider: Point, door: Point) -> bool {
    rider.distance_meters(door) > f64::from(Rules::APPROACH_METERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_stretch_is_nobody_elses_business() {
        let door = Point { lat: 37.5551, lng: 126.9020 };
        assert!(is_far_from_door(Point { lat: 37.5540, lng: 126.9101 }, door));
        assert!(!is_far_from_door(Point { lat: 37.5550, lng: 126.9030 }, door));
        assert!(!is_far_from_door(door, door));
    }
}
