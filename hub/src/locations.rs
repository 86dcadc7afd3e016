//! Where riders are. What a phone says is not taken for true: it has to be recent, certain, and a
//! place that one can have come to.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use domain::{Point, Refusal, RiderId, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use streams::Fix;

use crate::Hub;
use crate::approaches;
use crate::clock;
use crate::deliveries::checked_point;
use crate::error::{ApiError, Code};
use crate::identity::Rider;
use crate::requests::Body;
use crate::view::{Instant, RiderView};

/// Most positions in one report.
const POSITIONS_MAX: usize = 100;
/// A position less certain than this says nothing.
const ACCURACY_METERS_MAX: f64 = 100.0;
/// Faster than anything that brings food: a phone that says so believes it is somewhere else.
const SPEED_METERS_PER_SECOND_MAX: f64 = 50.0;
/// A minute of life; that of the rules may be shorter.
const MINUTE: Duration = Duration::from_secs(60);
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
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Reports {
    One(Report),
    Many(#[schemars(length(max = POSITIONS_MAX))] Vec<Report>),
}

/// The rider is here.
pub(crate) async fn report(
    State(hub): State<Hub>,
    Rider(rider): Rider,
    Body(reports): Body<Reports>,
) -> Result<Json<RiderView>, ApiError> {
    if !hub.paces().take(&rider, std::time::Instant::now()) {
        let detail = "a position twice a second is enough";
        return Err(ApiError::try_later(Code::TooManyRequests, detail, RETRY_SECONDS));
    }
    let fixes = checked(reports, clock::now())?;
    let mut record = hub.streams().rider(&rider).await?;
    if !record.online {
        return Err(Refusal::PositionUnknown.into());
    }
    let last = record.position.zip(record.at);
    if let Some(fix) = newest(fixes, last, hub.rules().minute)?
        && let Some(at) = hub.streams().report_location(&rider, fix.at, fix.point).await?
    {
        tell(&hub, &rider, Fix { at, ..fix }).await;
        record.position = Some(fix.point);
        record.at = Some(at);
        approaches::notice(&hub, &record).await;
    }
    Ok(Json(RiderView::of(&record)))
}

/// Whether somebody who was at `last` can have come to `fix`. Where a minute is short, everybody
/// moves that much faster.
fn is_plausible((from, since): (Point, Timestamp), fix: Fix, minute: Duration) -> bool {
    let haste = MINUTE.as_secs_f64() / minute.as_secs_f64();
    let ridden_meters = fix.at.since(since).as_secs_f64() * SPEED_METERS_PER_SECOND_MAX * haste;
    // Each of the two may be as wrong as a position may be.
    from.distance_meters(fix.point) <= ridden_meters + 2.0 * ACCURACY_METERS_MAX
}

/// Tells those who watch this rider. A position that is lost is made good by the next.
async fn tell(hub: &Hub, rider: &RiderId, fix: Fix) {
    hub.sockets().rider_moved(rider, fix);
    if let Err(error) = hub.streams().publish_fix(rider, fix).await {
        let error = format!("{:#}", anyhow::Error::new(error));
        tracing::debug!(error, "nobody was told of a position");
    }
}

/// The newest position that somebody can have come to who was at `last`, one after the other:
/// what is not newer than the one before says nothing, and a jump that nobody makes is passed
/// over, so that one wrong position does not spoil those after it. Where a rider was before that
/// is nobody's business any more.
///
/// # Errors
/// If the rider can have come to none of the newer ones.
fn newest(
    fixes: Vec<(Fix, String)>,
    last: Option<(Point, Timestamp)>,
    minute: Duration,
) -> Result<Option<Fix>, ApiError> {
    let mut reached: Option<Fix> = None;
    let mut doubted = None;
    for (fix, place) in fixes {
        let before = reached.map(|it| (it.point, it.at)).or(last);
        match before {
            Some((_, at)) if fix.at <= at => (),
            Some(before) if !is_plausible(before, fix, minute) => {
                doubted.get_or_insert(place);
            }
            _ => reached = Some(fix),
        }
    }
    match doubted {
        Some(place) if reached.is_none() => {
            Err(ApiError::invalid(place, "nobody gets there that fast"))
        }
        _ => Ok(reached),
    }
}

/// The positions that are certain enough, as they come, each with where in the report it stands.
fn checked(reports: Reports, now: Timestamp) -> Result<Vec<(Fix, String)>, ApiError> {
    let (reports, is_list) = match reports {
        Reports::One(report) => (vec![report], false),
        Reports::Many(reports) => (reports, true),
    };
    if reports.len() > POSITIONS_MAX {
        return Err(ApiError::invalid("", format!("at most {POSITIONS_MAX} positions")));
    }
    let mut fixes = Vec::with_capacity(reports.len());
    for (index, report) in reports.into_iter().enumerate() {
        let parent = if is_list { format!("/{index}") } else { String::new() };
        let (fix, is_certain) = checked_one(report, now, &parent)?;
        if is_certain {
            fixes.push((fix, format!("{parent}/lat")));
        }
    }
    Ok(fixes)
}

fn checked_one(report: Report, now: Timestamp, parent: &str) -> Result<(Fix, bool), ApiError> {
    let point = checked_point(Point { lat: report.lat, lng: report.lng }, parent)?;
    let at = report.at.map_or(now, |Instant(at)| at);
    if at > now + AHEAD_MAX {
        return Err(ApiError::invalid(format!("{parent}/at"), "this is in the future"));
    }
    let accuracy_meters = report.accuracy_meters.unwrap_or(0.0);
    if accuracy_meters < 0.0 {
        return Err(ApiError::invalid(format!("{parent}/accuracyMeters"), "0 or more"));
    }
    if report.heading.is_some_and(|heading| !(0.0..=360.0).contains(&heading)) {
        return Err(ApiError::invalid(format!("{parent}/heading"), "0 to 360 degrees"));
    }
    // A clock that is ahead must not leave time for a jump.
    let fix = Fix { point, heading: report.heading, at: at.min(now) };
    Ok((fix, accuracy_meters <= ACCURACY_METERS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn report(seconds_ago: u64, lat: f64) -> Report {
        let at = Some(Instant(NOW.before(Duration::from_secs(seconds_ago))));
        Report { lat, lng: 126.9, accuracy_meters: Some(10.0), heading: None, at }
    }

    /// What a report comes to for a rider of whom nothing was known.
    fn first(reports: Vec<Report>) -> Result<Option<Fix>, ApiError> {
        newest(checked(Reports::Many(reports), NOW)?, None, MINUTE)
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
        let error = newest(checked(reports, NOW).unwrap(), last, MINUTE).unwrap_err();
        assert!(format!("{error:?}").contains("/1/lat"), "{error:?}");
        let reports = Reports::Many(vec![old]);
        assert_eq!(newest(checked(reports, NOW).unwrap(), last, MINUTE).unwrap(), None);
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

    #[test]
    fn nobody_is_faster_than_a_car_on_a_motorway_unless_time_is() {
        let from = Point { lat: 37.5, lng: 126.9 };
        let last = (from, NOW);
        // 111 m a thousandth of a degree.
        let fix = |seconds: u64, lat: f64| Fix {
            point: Point { lat, ..from },
            heading: None,
            at: NOW + Duration::from_secs(seconds),
        };
        assert!(is_plausible(last, fix(1, 37.502), MINUTE));
        assert!(!is_plausible(last, fix(1, 37.503), MINUTE));
        assert!(is_plausible(last, fix(1, 37.503), MINUTE / 20));
        assert!(is_plausible(last, fix(60, 37.52), MINUTE));
    }
}
