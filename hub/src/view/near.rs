//! Riders as others see them who wait for one, or look after all of them: how many, and where.

use domain::{OrderId, Point, RiderId};
use serde::Serialize;

use super::Instant;

/// Decimals of a position on the map of all riders: some meters.
const ROUGH_DEGREES: f64 = 100_000.0;

/// How many riders could take a job that nobody has taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "RidersNear"))]
pub struct RidersNearView {
    #[cfg_attr(test, ts(as = "String"))]
    pub order_id: OrderId,
    /// Those who are at work inside the ring.
    pub count: usize,
    pub at: Instant,
}

/// How far a rider who comes for an order is from its store.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "RiderDistance"))]
pub struct RiderDistanceView {
    #[cfg_attr(test, ts(as = "String"))]
    pub order_id: OrderId,
    #[cfg_attr(test, ts(as = "String"))]
    pub rider_id: RiderId,
    /// As the crow flies.
    pub distance_meters: u32,
    /// When they were there.
    pub at: Instant,
}

/// Where a rider is, among all of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "RiderPlace"))]
pub struct RiderPlaceView {
    #[cfg_attr(test, ts(as = "String"))]
    pub id: RiderId,
    pub lat: f64,
    pub lng: f64,
}

/// Where the riders of the city are.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "RidersMap"))]
pub struct RidersMapView {
    /// The same ones each time, if there are more than can be shown.
    pub riders: Vec<RiderPlaceView>,
    /// How many there are.
    pub total: usize,
}

impl RiderPlaceView {
    /// A rider at `point`.
    pub fn of(id: &RiderId, point: Point) -> RiderPlaceView {
        let rough = |degrees: f64| (degrees * ROUGH_DEGREES).round() / ROUGH_DEGREES;
        RiderPlaceView { id: id.clone(), lat: rough(point.lat), lng: rough(point.lng) }
    }
}
