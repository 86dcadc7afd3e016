//! Riders: whether they work, and where they are.

use axum::Json;
use axum::extract::State;
use domain::{Actor, DeliveryState, Point, Refusal, RiderId, Timestamp};
use serde::Deserialize;
use std::time::Duration;
use streams::{ExecuteError, Fix};

use crate::Hub;
use crate::clock;
use crate::commands::refused;
use crate::deliveries::checked_point;
use crate::error::ApiError;
use crate::identity::Rider;
use crate::requests::Body;
use crate::view::{Instant, RiderView};

/// Most positions in one report.
const POSITIONS_MAX: usize = 100;
/// A position less certain than this says nothing.
const ACCURACY_METERS_MAX: f64 = 100.0;
/// How far a phone's clock may be ahead.
const AHEAD_MAX: Duration = Duration::from_secs(60);

/// The rider starts to work.
pub(crate) async fn online(
    State(hub): State<Hub>,
    Rider(rider): Rider,
) -> Result<Json<RiderView>, ApiError> {
    let record = hub.streams().set_online(&rider, true).await?;
    Ok(Json(RiderView::of(&record)))
}

/// The rider stops working, unless somebody's food is on their bike.
pub(crate) async fn offline(
    State(hub): State<Hub>,
    Rider(rider): Rider,
) -> Result<Json<RiderView>, ApiError> {
    for id in hub.streams().rider(&rider).await?.jobs {
        let Some(loaded) = hub.streams().load(id).await? else { continue };
        let order = Box::new(loaded.order);
        let delivery = &order.delivery;
        if delivery.state == DeliveryState::PickedUp && delivery.rider.as_ref() == Some(&rider) {
            let refusal = Refusal::WrongState(order.state);
            return Err(refused(ExecuteError::Refused { refusal, order }, &Actor::Rider(rider)));
        }
    }
    let record = hub.streams().set_online(&rider, false).await?;
    hub.sockets().rider_offline(&rider);
    Ok(Json(RiderView::of(&record)))
}

/// Where a phone says that it is, or was.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    lat: f64,
    lng: f64,
    #[serde(default)]
    accuracy_meters: Option<f64>,
    #[serde(default)]
    heading: Option<f32>,
    /// Without it: now.
    #[serde(default)]
    at: Option<Instant>,
}

/// One position, or those of a phone that was out of reach.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Reports {
    One(Report),
    Many(Vec<Report>),
}

/// The rider is here.
pub(crate) async fn location(
    State(hub): State<Hub>,
    Rider(rider): Rider,
    Body(reports): Body<Reports>,
) -> Result<Json<RiderView>, ApiError> {
    let newest = newest(reports, clock::now())?;
    let mut record = hub.streams().rider(&rider).await?;
    if !record.online {
        return Err(Refusal::PositionUnknown.into());
    }
    if let Some((at, fix)) = newest
        && hub.streams().report_location(&rider, at, fix.point).await?
    {
        tell(&hub, &rider, fix).await;
        record.position = Some(fix.point);
        record.at = Some(at);
    }
    Ok(Json(RiderView::of(&record)))
}

/// Tells those who watch this rider. A position that is lost is made good by the next.
async fn tell(hub: &Hub, rider: &RiderId, fix: Fix) {
    hub.sockets().rider_moved(rider, fix.point, fix.at);
    if let Err(error) = hub.streams().publish_fix(rider, fix).await {
        let error = format!("{:#}", anyhow::Error::new(error));
        tracing::debug!(error, "nobody was told of a position");
    }
}

/// The newest position that is good for anything. Where a rider was before that is nobody's
/// business any more.
fn newest(reports: Reports, now: Timestamp) -> Result<Option<(Timestamp, Fix)>, ApiError> {
    let (reports, is_list) = match reports {
        Reports::One(report) => (vec![report], false),
        Reports::Many(reports) => (reports, true),
    };
    if reports.len() > POSITIONS_MAX {
        return Err(ApiError::invalid("", format!("at most {POSITIONS_MAX} positions")));
    }
    let mut newest: Option<(Timestamp, Fix)> = None;
    for (index, report) in reports.into_iter().enumerate() {
        let parent = if is_list { format!("/{index}") } else { String::new() };
        let (fix, is_certain) = checked(report, now, &parent)?;
        if is_certain && newest.is_none_or(|(at, _)| fix.at > at) {
            newest = Some((fix.at, fix));
        }
    }
    Ok(newest)
}

fn checked(report: Report, now: Timestamp, parent: &str) -> Result<(Fix, bool), ApiError> {
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
    let fix = Fix { point, heading: report.heading, at };
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

    #[test]
    fn of_a_list_the_newest_good_position_counts() {
        let vague = Report { accuracy_meters: Some(101.0), ..report(0, 37.4) };
        let reports = vec![report(30, 37.1), report(10, 37.2), vague, report(20, 37.3)];
        let (_, fix) = newest(Reports::Many(reports), NOW).unwrap().unwrap();
        assert_eq!(fix.point.lat, 37.2);
    }

    #[test]
    fn a_position_without_certainty_is_ignored() {
        let vague = Report { accuracy_meters: Some(100.1), ..report(0, 37.4) };
        assert!(newest(Reports::One(vague), NOW).unwrap().is_none());
    }

    #[test]
    fn nonsense_is_refused() {
        let tomorrow =
            Report { at: Some(Instant(NOW + Duration::from_secs(61))), ..report(0, 37.1) };
        for report in [tomorrow, report(0, 99.0), Report { lng: 181.0, ..report(0, 37.1) }] {
            assert!(newest(Reports::One(report), NOW).is_err());
        }
        assert!(newest(Reports::Many(vec![report(0, 37.1); 101]), NOW).is_err());
    }
}
