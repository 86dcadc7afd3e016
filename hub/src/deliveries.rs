//! Jobs, for riders.
//!
//! Two things must agree when a rider takes a job: the order, of which only one rider can be the
//! holder, and the rider, who can hold only so many. The place with the rider is reserved first
//! and the order decides; afterwards the rider's list is made to agree with the order.

use axum::Json;
use axum::extract::State;
use domain::{
    Actor, Command, DeliveryState, Order, OrderId, Point, Refusal, RiderId, Rules, Sighting,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use streams::{Claim, ExecuteError};

use crate::Hub;
use crate::commands::{note, refused};
use crate::error::{ApiError, Code};
use crate::identity::Rider;
use crate::orders::checked_reason;
use crate::requests::{Key, OptionalBody, OrderPath, Params};
use crate::view::JobView;

/// How far a rider looks when they do not say.
const RADIUS_METERS_DEFAULT: u32 = 3_000;
/// How far a rider may look.
const RADIUS_METERS: std::ops::RangeInclusive<u32> = 100..=10_000;
/// After how many seconds it is worth asking a hub again that was behind.
const RETRY_SECONDS: u32 = 1;
/// Longest reason for giving a job back, in characters.
const REASON_MAX: usize = 200;

/// Where a rider looks for jobs.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Around {
    #[schemars(range(min = -85.0, max = 85.0))]
    lat: f64,
    #[schemars(range(min = -180.0, max = 180.0))]
    lng: f64,
    #[schemars(range(min = *RADIUS_METERS.start(), max = *RADIUS_METERS.end()))]
    radius_meters: Option<u32>,
}

/// What there is to ride.
#[derive(Serialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Jobs {
    pub jobs: Vec<JobView>,
}

/// The jobs around a place, nearest pickup first.
pub(crate) async fn near(
    State(hub): State<Hub>,
    Rider(rider): Rider,
    Params(Around { lat, lng, radius_meters }): Params<Around>,
) -> Result<Json<Jobs>, ApiError> {
    let from = checked_point(Point { lat, lng }, "")?;
    let radius_meters = radius_meters.unwrap_or(RADIUS_METERS_DEFAULT);
    if !RADIUS_METERS.contains(&radius_meters) {
        let (least, most) = (RADIUS_METERS.start(), RADIUS_METERS.end());
        return Err(ApiError::invalid("/radiusMeters", format!("{least} to {most}")));
    }
    let channels = hub.sockets().channels();
    let (record, is_current) =
        tokio::try_join!(hub.streams().rider(&rider), channels.is_current())?;
    let stale = hub.config().durations.rider_stale;
    if !record.online || record.at.is_none_or(|at| hub.streams().reckoned_now().since(at) > stale) {
        return Err(Refusal::PositionUnknown.into());
    }
    if !is_current {
        let detail = "this hub is behind; ask again, or another one";
        return Err(ApiError::try_later(Code::Unavailable, detail, RETRY_SECONDS));
    }
    Ok(Json(Jobs { jobs: channels.nearby.around(&rider, from, radius_meters) }))
}

/// A place on the map, or an answer saying that it is none.
pub(crate) fn checked_point(point: Point, parent: &str) -> Result<Point, ApiError> {
    match point.is_valid() {
        true => Ok(point),
        false => Err(ApiError::invalid(format!("{parent}/lat"), "no such place")),
    }
}

/// A rider wants the job.
pub(crate) async fn claim(
    State(hub): State<Hub>,
    Rider(rider): Rider,
    OrderPath(id): OrderPath,
    key: Key,
) -> Result<Json<JobView>, ApiError> {
    let order = hub.find(id).await?;
    let command = |from| Command::Claim { by: rider.clone(), from };
    take(&hub, &rider, &order, &key, command).await
}

/// A rider has the food. Whoever picks up what nobody had claimed claims it in the same step.
pub(crate) async fn pick(
    State(hub): State<Hub>,
    Rider(rider): Rider,
    OrderPath(id): OrderPath,
    key: Key,
) -> Result<Json<JobView>, ApiError> {
    let order = hub.find(id).await?;
    let command = |from| Command::Pick { by: rider.clone(), from };
    if order.delivery.rider.as_ref() != Some(&rider) {
        return take(&hub, &rider, &order, &key, |from| command(Some(from))).await;
    }
    // Whoever holds the job stands at the store, whatever their phone knows of it.
    let order = hub.give(id, &key, command(None)).await?;
    settle(&hub, &rider, &order).await;
    Ok(Json(JobView::of(&order, &rider, None)))
}

/// Why a rider gives a job back.
#[derive(Default, Deserialize, JsonSchema)]
pub(crate) struct Regret {
    #[serde(default)]
    #[schemars(length(min = 1, max = REASON_MAX))]
    reason: Option<String>,
}

/// A rider gives the job back.
pub(crate) async fn release(
    State(hub): State<Hub>,
    Rider(by): Rider,
    OrderPath(id): OrderPath,
    key: Key,
    OptionalBody(Regret { reason }): OptionalBody<Regret>,
) -> Result<Json<JobView>, ApiError> {
    let reason = checked_reason(reason.as_deref().unwrap_or("OTHER"), REASON_MAX)?;
    let rider = by.clone();
    let order = hub.give(id, &key, Command::Release { by, reason }).await?;
    settle(&hub, &rider, &order).await;
    Ok(Json(JobView::of(&order, &rider, None)))
}

/// The customer has the food.
pub(crate) async fn confirm(
    State(hub): State<Hub>,
    Rider(by): Rider,
    OrderPath(id): OrderPath,
    key: Key,
) -> Result<Json<JobView>, ApiError> {
    let rider = by.clone();
    let order = hub.give(id, &key, Command::Confirm { by }).await?;
    settle(&hub, &rider, &order).await;
    Ok(Json(JobView::of(&order, &rider, None)))
}

/// Takes a job that `rider` does not hold, with `command` from where they are.
async fn take(
    hub: &Hub,
    rider: &RiderId,
    order: &Order,
    key: &Key,
    command: impl FnOnce(Sighting) -> Command,
) -> Result<Json<JobView>, ApiError> {
    let by = Actor::Rider(rider.clone());
    let refuse = |refusal| {
        let order = Box::new(order.clone());
        Err(refused(ExecuteError::Refused { refusal, order }, &by))
    };
    // Most of those who lose a race are late enough to end here, at the cost of one read.
    if is_taken(order) && !order.is_held_by(rider) {
        return refuse(Refusal::Taken);
    }
    let from = match reserve(hub, rider, order.id).await? {
        Ok(from) => from,
        // What is wrong with the rider does not matter if the job is gone anyway.
        Err(_) if is_taken(order) => return refuse(Refusal::Taken),
        Err(refusal) => return refuse(refusal),
    };
    let trace = key.trace(&by, order.id);
    note(order.id, trace.command);
    let command = command(from);
    match hub.streams().execute(order.id, trace, &command, &hub.rules()).await {
        Ok(order) => {
            settle(hub, rider, &order).await;
            Ok(Json(JobView::of(&order, rider, Some(from.point))))
        }
        Err(error) => {
            // The place with the rider is free again at once. After a failure nobody knows
            // whether it is needed: it stays until the truth is read from the order.
            if let ExecuteError::Refused { order, .. } = &error {
                settle(hub, rider, order).await;
            }
            Err(refused(error, &by))
        }
    }
}

async fn reserve(
    hub: &Hub,
    rider: &RiderId,
    id: OrderId,
) -> Result<Result<Sighting, Refusal>, ApiError> {
    let stale = hub.config().durations.rider_stale;
    Ok(match hub.streams().reserve(rider, id, stale).await? {
        Claim::Reserved { from } => Ok(from),
        Claim::Offline | Claim::PositionStale => Err(Refusal::PositionUnknown),
        Claim::TooManyJobs(jobs) => Err(Refusal::TooManyJobs(jobs.max(Rules::ACTIVE_JOBS_MAX))),
    })
}

/// Whether a rider has the job, or had it to its end.
fn is_taken(order: &Order) -> bool {
    use DeliveryState::*;
    matches!(order.delivery.state, Claimed | PickedUp | Completed)
}

/// Makes the rider's list agree with the order. The workers do the same a moment later, so a
/// failure here costs a place for that moment and nothing else.
async fn settle(hub: &Hub, rider: &RiderId, order: &Order) {
    if let Err(error) = hub.streams().settle_rider(rider, order).await {
        let error = format!("{:#}", anyhow::Error::new(error));
        tracing::warn!(error, order.id = %order.id, "left a rider's list of jobs to the workers");
    }
}
