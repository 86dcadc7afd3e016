//! How a request is read: bodies, queries, ids and keys, each with an answer for what is wrong.

use std::str::FromStr;
use std::time::Duration;

use axum::RequestExt;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use bytes::Bytes;
use domain::{Actor, CommandId, OrderId, Trace};
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use uuid::Uuid;

use crate::Hub;
use crate::error::{ApiError, Code};
use crate::socket::count_refusal;

/// How long a client may take to send a body: a board of the largest menu on a bad network, and as
/// long as for a head.
const BODY_MAX: Duration = Duration::from_secs(10);
/// Longest idempotency key.
const KEY_BYTES_MAX: usize = 128;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Hub> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &Hub) -> Result<Self, ApiError> {
        let is_json = is_json(request.headers());
        let bytes = read(request).await?;
        match is_json {
            true => decode(&bytes).map(Body),
            false => Err(wrong_type()),
        }
    }
}

/// A JSON body that need not be there.
pub(crate) struct OptionalBody<T>(pub(crate) T);

impl<T: DeserializeOwned + Default> FromRequest<Hub> for OptionalBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &Hub) -> Result<Self, ApiError> {
        let is_json = is_json(request.headers());
        let bytes = read(request).await?;
        match is_json {
            _ if bytes.is_empty() => Ok(OptionalBody(T::default())),
            true => decode(&bytes).map(OptionalBody),
            false => Err(wrong_type()),
        }
    }
}

/// A whole body, if it comes in time.
pub(crate) async fn read(request: Request) -> Result<Bytes, ApiError> {
    let Ok(read) = timeout(BODY_MAX, request.extract::<Bytes, _>()).await else {
        count_refusal("slow_body");
        return Err(ApiError::invalid("", "the body took too long to come"));
    };
    read.map_err(|rejection| match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            ApiError::new(Code::PayloadTooLarge, "a body may have 64 KiB")
        }
        _ => ApiError::invalid("", "the body broke off"),
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn wrong_type() -> ApiError {
    ApiError::new(Code::UnsupportedMediaType, "send the body as Content-Type: application/json")
}

/// Reads JSON.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(invalid)?;
    json.end().map_err(|error| ApiError::invalid("", error.to_string()))?;
    Ok(value)
}

fn invalid<E: std::error::Error>(error: serde_path_to_error::Error<E>) -> ApiError {
    let pointer = pointer(error.path());
    ApiError::invalid(pointer, error.into_inner().to_string())
}

/// The path as a JSON pointer.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// What stands behind the question mark.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Hub> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Hub) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        let decoder = serde_urlencoded::Deserializer::new(pairs);
        serde_path_to_error::deserialize(decoder).map(Params).map_err(invalid)
    }
}

/// The order that a path names.
pub(crate) struct OrderPath(pub(crate) OrderId);

impl FromRequestParts<Hub> for OrderPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, ApiError> {
        let id = named::<OrderId>(parts, "order").await?;
        hub.existing(id).map(OrderPath)
    }
}

/// Anything else that a path names.
pub(crate) struct Named<T>(pub(crate) T);

impl<T: FromStr> FromRequestParts<Hub> for Named<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Hub) -> Result<Self, ApiError> {
        named(parts, "thing").await.map(Named)
    }
}

async fn named<T: FromStr>(parts: &mut Parts, what: &'static str) -> Result<T, ApiError> {
    let text = Path::<String>::from_request_parts(parts, &()).await;
    let id = text.ok().and_then(|Path(text)| text.parse().ok());
    id.ok_or_else(|| ApiError::not_found(what))
}

impl Hub {
    /// `id`, if an order here can have it at all.
    pub(crate) fn existing(&self, id: OrderId) -> Result<OrderId, ApiError> {
        match id.partition() < self.streams().partitions() {
            true => Ok(id),
            false => Err(ApiError::not_found("order")),
        }
    }
}

/// What the caller calls this request, so that it can be sent twice, and what is to be done: under
/// one key, another step of the same order is another command.
pub(crate) struct Key(Option<String>);

impl Key {
    /// The command that `by` gives for `order`: the same one for the same key.
    pub(crate) fn trace(&self, by: &Actor, order: OrderId) -> Trace {
        let id = match (&self.0, by) {
            (None, _) | (_, Actor::System) => Uuid::now_v7(),
            (Some(key), Actor::Customer(id)) => named_id(order, by, id.as_str(), key),
            (Some(key), Actor::Store(id)) => named_id(order, by, id.as_str(), key),
            (Some(key), Actor::Rider(id)) => named_id(order, by, id.as_str(), key),
            (Some(key), Actor::Operator(id)) => named_id(order, by, id.as_str(), key),
        };
        Trace::of(CommandId(id))
    }
}

// Ids hold no spaces, so no two callers can mean the same name.
fn named_id(order: OrderId, by: &Actor, id: &str, key: &str) -> Uuid {
    Uuid::new_v5(&order.as_uuid(), format!("{} {id} {key}", by.kind()).as_bytes())
}

impl FromRequestParts<Hub> for Key {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Hub) -> Result<Self, ApiError> {
        let deed = parts.uri.path().rsplit('/').next().unwrap_or_default();
        Ok(Key(key(parts)?.map(|key| format!("{key} {deed}"))))
    }
}

/// The header as it was sent.
fn key(parts: &Parts) -> Result<Option<String>, ApiError> {
    let Some(value) = parts.headers.get("idempotency-key") else {
        return Ok(None);
    };
    let is_visible = |byte: &u8| byte.is_ascii_graphic();
    match value.as_bytes() {
        key @ [_, ..] if key.len() <= KEY_BYTES_MAX && key.iter().all(is_visible) => {
            Ok(Some(String::from_utf8_lossy(key).into_owned()))
        }
        _ => Err(ApiError::invalid(
            "/idempotencyKey",
            format!("an Idempotency-Key is 1 to {KEY_BYTES_MAX} visible ASCII characters"),
        )),
    }
}

/// As [`Key`], where there has to be one.
pub(crate) struct RequiredKey(pub(crate) String);

impl FromRequestParts<Hub> for RequiredKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Hub) -> Result<Self, ApiError> {
        match key(parts)? {
            Some(key) => Ok(RequiredKey(key)),
            None => Err(ApiError::invalid(
                "/idempotencyKey",
                "send an Idempotency-Key, so that a repeated request orders nothing twice",
            )),
        }
    }
}
