//! Where riders are. What a phone says is not taken for true: it has to be recent, certain, and a
//! place that one can have come to.

mod intake;
mod plausible;

use std::fmt;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{Point, Refusal, RiderId, Timestamp};
use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use streams::Fix;

use crate::Hub;
use crate::approaches;
use crate::error::{ApiError, Code};
use crate::identity::{Identity, Rider};
use crate::requests::{Body, decode};
use crate::traffic;
use crate::view::{Instant, RiderView};
use intake::Outcome;
use plausible::{ACCURACY_METERS_MAX, Spot};

pub(crate) use intake::Intake;

/// What the command is called on a socket.
pub(crate) const METHOD: &str = "riders.location";
/// Most positions in one report.
const POSITIONS_MAX: usize = 100;
/// After how many seconds a rider who reports too often may go on.
const RETRY_SECONDS: u32 = 1;
/// How far a phone's clock may be ahead.
const AHEAD_MAX: Duration = Duration::from_secs(60);

/// Where a phone says that it is, or was.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    #[schemars(range(min = -85.0, max = 85.0))]
    lat: f64,
    #[schemars(range(min = -180.0, max = 180.0))]
    lng: f64,
    #[serde(default)]
    #[schemars(range(min = 0.0))]
    accuracy_meters: Option<f64>,
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 360.0))]
    heading: Option<f32>,
    /// Without it: now.
    #[serde(default)]
    at: Option<Instant>,
}

/// One position, or those of a phone that was out of reach.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Reports {
    One(Report),
    Many(#[schemars(length(max = POSITIONS_MAX))] Vec<Report>),
}

// Derived, it would be read twice, and whoever got it wrong would not be told where.
impl<'de> Deserialize<'de> for Reports {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Reports;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a position, or a list of them")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Reports, A::Error> {
                Report::deserialize(MapAccessDeserializer::new(map)).map(Reports::One)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Reports, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(Reports::Many)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// The rider who is connected says where they are.
///
/// It is the same as [`report`] without the ways of HTTP: there are more of these than of all
/// other commands together.
pub(crate) async fn said(
    hub: &Hub,
    identity: &Identity,
    data: &[u8],
) -> Result<RiderView, ApiError> {
    let started = std::time::Instant::now();
    let answer = match identity {
        Identity::Rider(rider) => match decode(data) {
            Ok(reports) => note(hub, rider, reports).await,
            Err(error) => Err(error),
        },
        other => Err(ApiError::wrong_role(other.role())),
    };
    let status = answer.as_ref().map_or_else(ApiError::status, |_| StatusCode::OK);
    traffic::count("PUT", "/riders/me/location", status, started.elapsed());
    answer
}

/// The rider is here.
pub(crate) async fn report(
    State(hub): State<Hub>,
    Rider(rider): Rider,
    Body(reports): Body<Reports>,
) -> Result<Json<RiderView>, ApiError> {
    note(&hub, &rider, reports).await.map(Json)
}

async fn note(hub: &Hub, rider: &RiderId, reports: Reports) -> Result<RiderView, ApiError> {
    if !hub.paces().take(rider, std::time::Instant::now()) {
        let detail = "a position twice a second is enough";
        return Err(ApiError::try_later(Code::TooManyRequests, detail, RETRY_SECONDS));
    }
    let spots = checked(reports, hub.streams().reckoned_now())?;
    if spots.is_empty() {
        return known(hub, rider).await;
    }
    match hub.intake().report(rider, spots).await? {
        Outcome::Noted { fix, jobs } => {
            hub.sockets().rider_moved(rider, fix);
            approaches::notice(hub, rider, fix.point, &jobs).await;
            Ok(RiderView::at_work(rider, fix, jobs.len()))
        }
        Outcome::NothingNew => known(hub, rider).await,
    }
}

/// A rider who works, as known before.
async fn known(hub: &Hub, rider: &RiderId) -> Result<RiderView, ApiError> {
    let record = hub.streams().rider(rider).await?;
    match record.online {
        true => Ok(RiderView::of(&record)),
        false => Err(Refusal::PositionUnknown.into()),
    }
}

/// The positions that are certain enough, as they come.
fn checked(reports: Reports, now: Timestamp) -> Result<Vec<Spot>, ApiError> {
    let (reports, is_list) = match reports {
        Reports::One(report) => (vec![report], false),
        Reports::Many(reports) => (reports, true),
    };
    if reports.len() > POSITIONS_MAX {
        return Err(ApiError::invalid("", format!("at most {POSITIONS_MAX} positions")));
    }
    let mut spots = Vec::with_capacity(reports.len());
    for (index, report) in reports.into_iter().enumerate() {
        let spot = checked_one(report, now, is_list.then_some(index))?;
        if report.accuracy_meters.is_none_or(|it| it <= ACCURACY_METERS_MAX) {
            spots.push(spot);
        }
    }
    Ok(spots)
}

fn checked_one(report: Report, now: Timestamp, index: Option<usize>) -> Result<Spot, ApiError> {
    let Report { lat, lng, accuracy_meters, heading, at } = report;
    let at = at.map_or(now, |Instant(at)| at);
    // A clock that is ahead must not leave time for a jump.
    let fix = Fix { point: Point { lat, lng }, heading, at: at.min(now) };
    let spot = Spot { fix, index };
    let wrong = |field: &str, detail: &'static str| ApiError::invalid(spot.pointer(field), detail);
    if !fix.point.is_valid() {
        return Err(wrong("lat", "no such place"));
    }
    if at > now + AHEAD_MAX {
        return Err(wrong("at", "this is in the future"));
    }
    if accuracy_meters.is_some_and(|meters| meters < 0.0) {
        return Err(wrong("accuracyMeters", "0 or more"));
    }
    if heading.is_some_and(|heading| !(0.0..=360.0).contains(&heading)) {
        return Err(wrong("heading", "0 to 360 degrees"));
    }
    Ok(spot)
}

#[cfg(test)]
mod tests {
    use super::plausible::{MINUTE, newest};
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn report(seconds_ago: u64, lat: f64) -> Report {
        let at = Some(Instant(NOW.before(Duration::from_secs(seconds_ago))));
        Report { lat, lng: 126.9, accuracy_meters: Some(10.0), heading: None, at }
    }

    /// What a report comes to for a rider of whom nothing was known.
    fn first(reports: Vec<Report>) -> Result<Option<Fix>, ApiError> {
        newest(&checked(Reports::Many(reports), NOW)?, None, MINUTE)
    }

    #[test]
    fn of_a_list_the_newest_good_position_counts() {
        let vague = Report { accuracy_meters: Some(101.0), ..report(0, 37.104) };
        let reports = vec![report(30, 37.101), report(10, 37.102), vague, report(20, 37.103)];
        assert_eq!(first(reports).unwrap().unwrap().point.lat, 37.102);
    }

    #[test]
    fn a_jump_in_a_list_is_passed_over() {
        // Ten kilometers away and back within seconds.
        let reports = vec![report(30, 37.101), report(20, 37.2), report(10, 37.103)];
        assert_eq!(first(reports).unwrap().unwrap().point.lat, 37.103);
        let reports = vec![report(30, 37.101), report(20, 37.102), report(10, 37.2)];
        assert_eq!(first(reports).unwrap().unwrap().point.lat, 37.102);
    }

    #[test]
    fn a_list_that_only_jumps_is_refused_where_it_begins_to() {
        let last = Some((Point { lat: 37.5, lng: 126.9 }, NOW.before(Duration::from_secs(40))));
        let old = report(50, 37.5);
        let reports = Reports::Many(vec![old, report(30, 37.1), report(20, 37.1)]);
        let error = newest(&checked(reports, NOW).unwrap(), last, MINUTE).unwrap_err();
        assert!(format!("{error:?}").contains("/1/lat"), "{error:?}");
        let reports = Reports::Many(vec![old]);
        assert_eq!(newest(&checked(reports, NOW).unwrap(), last, MINUTE).unwrap(), None);
    }

    #[test]
    fn a_position_without_certainty_is_ignored() {
        let vague = Report { accuracy_meters: Some(100.1), ..report(0, 37.4) };
        assert!(first(vec![vague]).unwrap().is_none());
    }

    #[test]
    fn nonsense_is_refused() {
        let tomorrow =
            Report { at: Some(Instant(NOW + Duration::from_secs(61))), ..report(0, 37.1) };
        for report in [tomorrow, report(0, 99.0), Report { lng: 181.0, ..report(0, 37.1) }] {
            assert!(checked(Reports::One(report), NOW).is_err());
        }
        assert!(checked(Reports::Many(vec![report(0, 37.1); 101]), NOW).is_err());
    }
}
