//! Orders, for those who have a part in them.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::{Command, Order, OrderId, State as OrderState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use streams::Page;
use tokio::time::{Instant, timeout_at};

use crate::Hub;
use crate::error::ApiError;
use crate::identity::{Anyone, Customer, Identity};
use crate::requests::{Body, Key, OrderPath, Params};
use crate::topics::OrderWatch;
use crate::view::names::{OrderIdText, StateName};
use crate::view::{Audience, OrderView, StepView, timeline, traced_timeline};

/// Longest list in one answer.
pub(crate) const LIMIT_MAX: usize = 100;
/// Length of a list when nobody says otherwise.
pub(crate) const LIMIT_DEFAULT: usize = 20;
/// Longest that a request is held. Shorter than any request may take.
const WAIT_SECONDS_MAX: u64 = 60;
/// Longest description of a problem, in characters.
const REASON_MAX: usize = 500;

const _: () = assert!(WAIT_SECONDS_MAX < crate::traffic::REQUEST_MAX.as_secs());

/// Which orders somebody wants to see.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Wanted {
    #[schemars(with = "Option<StateName>")]
    state: Option<OrderState>,
    #[schemars(range(min = 1, max = LIMIT_MAX))]
    limit: Option<usize>,
    #[schemars(with = "Option<OrderIdText>")]
    after: Option<OrderId>,
}

/// Some orders, newest first.
#[derive(Serialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Orders {
    pub orders: Vec<OrderView>,
    #[schemars(with = "Option<OrderIdText>")]
    #[cfg_attr(test, ts(as = "Option<String>"))]
    pub next: Option<OrderId>,
}

/// The caller's own orders, newest first.
pub(crate) async fn list(
    State(hub): State<Hub>,
    Anyone(identity): Anyone,
    Params(wanted): Params<Wanted>,
) -> Result<Json<Orders>, ApiError> {
    let Wanted { state, after, limit } = wanted;
    let limit = checked_limit(limit)?;
    if let Some(after) = after {
        hub.existing(after)?;
    }
    let streams = hub.streams();
    let Page { orders, next } = match &identity {
        Identity::Customer(id) => streams.orders_of_customer(id, state, after, limit).await?,
        Identity::Store { id, .. } => streams.orders_of_store(id, state, after, limit).await?,
        Identity::Operator(_) => streams.orders_of_everybody(state, after, limit).await?,
        Identity::Rider(_) | Identity::Guest(_) => {
            return Err(ApiError::wrong_role(identity.role()));
        }
    };
    let view = |order| Some(OrderView::of(order, identity.audience(order)?));
    Ok(Json(Orders { orders: orders.iter().filter_map(view).collect(), next }))
}

/// How many a caller wants, within reason.
pub(crate) fn checked_limit(limit: Option<usize>) -> Result<usize, ApiError> {
    match limit.unwrap_or(LIMIT_DEFAULT) {
        limit @ 1..=LIMIT_MAX => Ok(limit),
        _ => Err(ApiError::invalid("/limit", format!("1 to {LIMIT_MAX}"))),
    }
}

/// How long somebody would wait for something else than what they know.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Patience {
    #[serde(default)]
    #[schemars(range(max = WAIT_SECONDS_MAX))]
    wait_seconds: u64,
}

/// One order; with patience, as soon as it is not what the caller knows already.
pub(crate) async fn get(
    State(hub): State<Hub>,
    Anyone(identity): Anyone,
    OrderPath(id): OrderPath,
    Params(patience): Params<Patience>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    look(&hub, id, patience, &headers, |order| {
        identity.audience(order).map(|audience| OrderView::of(order, audience))
    })
    .await
}

/// Answers with an order as `view` shows it; with patience, as soon as it is not what the caller
/// knows already.
///
/// # Errors
/// If there is no such order, or `view` shows nothing of it.
pub(crate) async fn look<V: Serialize>(
    hub: &Hub,
    id: OrderId,
    Patience { wait_seconds }: Patience,
    headers: &HeaderMap,
    view: impl Fn(&Order) -> Option<V>,
) -> Result<Response, ApiError> {
    if wait_seconds > WAIT_SECONDS_MAX {
        return Err(ApiError::invalid("/waitSeconds", format!("0 to {WAIT_SECONDS_MAX}")));
    }
    let known = Known::of(headers);
    let deadline = Instant::now() + Duration::from_secs(wait_seconds);
    let is_patient = wait_seconds > 0 && !known.is_nothing();
    // Before reading: what happens in between is then news.
    let mut watch = is_patient.then(|| hub.sockets().topics().watch_order(id));

    let mut order = hub.find(id).await?;
    let shown = loop {
        let shown = view(&order).ok_or_else(|| ApiError::not_found("order"))?;
        match &mut watch {
            Some(watch) if known.has(order.version) => {
                match next(hub, watch, deadline, order.version).await {
                    Some(changed) => order = changed,
                    None => break shown,
                }
            }
            _ => break shown,
        }
    };
    Ok(answer(order.version, shown, &known))
}

/// The order as soon as it is newer than `version`; nothing once the wait is over.
async fn next(hub: &Hub, watch: &mut OrderWatch, deadline: Instant, version: u64) -> Option<Order> {
    loop {
        let entry = tokio::select! {
            entry = timeout_at(deadline, watch.changed()) => entry.ok()?,
            () = hub.stopping().cancelled() => return None,
        };
        if entry.version > version {
            return entry.decode_order().ok();
        }
    }
}

fn answer(version: u64, shown: impl Serialize, known: &Known) -> Response {
    let headers = [
        (ETAG, format!("\"{version}\"")),
        // Others see the same version differently.
        (VARY, "authorization".to_owned()),
        (CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    match known.has(version) {
        true => (StatusCode::NOT_MODIFIED, headers).into_response(),
        false => (headers, Json(shown)).into_response(),
    }
}

/// Which versions a caller has: the header `If-None-Match`.
enum Known {
    /// These; perhaps none.
    Versions(Vec<u64>),
    /// Any will do.
    Any,
}

impl Known {
    fn of(headers: &HeaderMap) -> Known {
        let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let tags: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
        match tags.contains(&"*") {
            true => Known::Any,
            false => Known::Versions(tags.into_iter().filter_map(version).collect()),
        }
    }

    fn is_nothing(&self) -> bool {
        matches!(self, Known::Versions(versions) if versions.is_empty())
    }

    fn has(&self, version: u64) -> bool {
        match self {
            Known::Any => true,
            Known::Versions(versions) => versions.contains(&version),
        }
    }
}

/// `"6"` or `W/"6"`.
fn version(tag: &str) -> Option<u64> {
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

/// What happened to an order, oldest first.
#[derive(Serialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Timeline {
    pub events: Vec<StepView>,
}

/// What happened to an order.
pub(crate) async fn events(
    State(hub): State<Hub>,
    Anyone(identity): Anyone,
    OrderPath(id): OrderPath,
) -> Result<Json<Timeline>, ApiError> {
    let loaded = hub.streams().load(id).await?.ok_or_else(|| ApiError::not_found("order"))?;
    let order = &loaded.order;
    match identity.audience(order) {
        Some(Audience::Operator) => {
            Ok(Json(Timeline { events: traced_timeline(order, &loaded.log) }))
        }
        Some(_) => Ok(Json(Timeline { events: timeline(order) })),
        None => Err(ApiError::not_found("order")),
    }
}

/// The customer changes their mind before the kitchen starts.
pub(crate) async fn cancel(
    State(hub): State<Hub>,
    Customer(by): Customer,
    OrderPath(id): OrderPath,
    key: Key,
) -> Result<Json<OrderView>, ApiError> {
    let order = hub.give(id, &key, Command::Cancel { by }).await?;
    Ok(Json(OrderView::of(&order, Audience::Customer)))
}

/// What is wrong, in the words of whoever says so.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Complaint {
    #[schemars(length(min = 1, max = REASON_MAX))]
    reason: String,
}

/// Somebody asks for help.
pub(crate) async fn report_problem(
    State(hub): State<Hub>,
    Anyone(identity): Anyone,
    OrderPath(id): OrderPath,
    key: Key,
    Body(Complaint { reason }): Body<Complaint>,
) -> Result<Json<OrderView>, ApiError> {
    let reason = checked_reason(&reason, REASON_MAX)?;
    // A rider who only saw the job on offer has no part in the order.
    let is_party = identity.audience(&hub.find(id).await?).is_some();
    let Some(by) = identity.actor().filter(|_| is_party) else {
        return Err(ApiError::not_found("order"));
    };
    let order = hub.give(id, &key, Command::ReportProblem { by, reason }).await?;
    match identity.audience(&order) {
        Some(audience) => Ok(Json(OrderView::of(&order, audience))),
        None => Err(ApiError::not_found("order")),
    }
}

/// A reason in words, without the space around it.
pub(crate) fn checked_reason(reason: &str, most: usize) -> Result<String, ApiError> {
    checked_text("/reason", reason, most)
}

/// Words of a person, without the space around them.
pub(crate) fn checked_text(pointer: &str, text: &str, most: usize) -> Result<String, ApiError> {
    let text = text.trim();
    match text.chars().count() {
        length if (1..=most).contains(&length) => Ok(text.to_owned()),
        _ => Err(ApiError::invalid(pointer, format!("1 to {most} characters"))),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn every_spelling_of_a_known_version_is_understood() {
        let known = |value: &'static str| {
            let headers = [(IF_NONE_MATCH, HeaderValue::from_static(value))];
            Known::of(&HeaderMap::from_iter(headers))
        };
        assert!(known("\"6\"").has(6));
        assert!(known("W/\"6\"").has(6));
        assert!(known("\"5\", W/\"6\"").has(6));
        assert!(known("*").has(6));
        assert!(!known("\"5\"").has(6));
        assert!(!known("6").has(6));
        assert!(known("nonsense").is_nothing());
    }
}
