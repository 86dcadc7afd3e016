//! A rider, as they see themselves.

use domain::RiderId;
use schemars::JsonSchema;
use serde::Serialize;
use streams::{Fix, RiderRecord};

use super::Instant;
use super::names::IdText;

/// A rider, as they see themselves.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Rider")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Rider"))]
pub struct RiderView {
    #[schemars(with = "IdText")]
    #[cfg_attr(test, ts(as = "String"))]
    pub id: RiderId,
    pub online: bool,
    pub lat: Option<f64>,
    pub lng: Option<f64>,
    pub at: Option<Instant>,
    pub active_jobs: usize,
}

impl RiderView {
    /// A rider who has just said where they are.
    pub(crate) fn at_work(id: &RiderId, fix: Fix, active_jobs: usize) -> RiderView {
        RiderView {
            id: id.clone(),
            online: true,
            lat: Some(fix.point.lat),
            lng: Some(fix.point.lng),
            at: Some(Instant(fix.at)),
            active_jobs,
        }
    }

    /// The rider behind `record`.
    pub fn of(record: &RiderRecord) -> RiderView {
        RiderView {
            id: record.id.clone(),
            online: record.online,
            lat: record.position.map(|point| point.lat),
            lng: record.position.map(|point| point.lng),
            at: record.at.map(Instant),
            active_jobs: record.jobs.len(),
        }
    }
}
