//! Commands that come in on a socket. They are the HTTP handlers themselves, called in process:
//! what holds for a request holds for them, and nothing is written twice.

use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};
use tower::ServiceExt;

use crate::error::ApiError;
use crate::identity::Identity;
use crate::{Hub, locations};

/// Largest answer; a list of a hundred orders is far smaller.
const ANSWER_BYTES_MAX: usize = 2 * 1024 * 1024;

/// What a socket may call, by the name of its path.
///
/// `{…}` in a path and the names of the query are taken out of the body, which is sent on whole.
pub(crate) const METHODS: &[(&str, Method, &str, &[&str])] = &[
    ("orders.place", Method::POST, "/orders", &[]),
    ("orders.list", Method::GET, "/orders", &["state", "limit", "after"]),
    ("orders.get", Method::GET, "/orders/{orderId}", &[]),
    ("orders.timeline", Method::GET, "/orders/{orderId}/timeline", &[]),
    ("orders.cancel", Method::PUT, "/orders/{orderId}/cancel", &[]),
    ("orders.problems", Method::POST, "/orders/{orderId}/problems", &[]),
    ("orders.share", Method::POST, "/orders/{orderId}/share", &[]),
    ("orders.progress", Method::GET, "/orders/{orderId}/progress", &[]),
    ("stores.list", Method::GET, "/stores", &["lat", "lng"]),
    ("stores.get", Method::GET, "/stores/{storeId}", &[]),
    ("stores.put", Method::PUT, "/stores/{storeId}", &[]),
    ("stores.pause", Method::PUT, "/stores/{storeId}/pause", &[]),
    ("stores.resume", Method::PUT, "/stores/{storeId}/resume", &[]),
    ("storeOrders.list", Method::GET, "/storeOrders", &[]),
    ("storeOrders.received", Method::PUT, "/storeOrders/{orderId}/received", &[]),
    ("storeOrders.accept", Method::PUT, "/storeOrders/{orderId}/accept", &[]),
    ("storeOrders.reject", Method::PUT, "/storeOrders/{orderId}/reject", &[]),
    ("storeOrders.startCook", Method::PUT, "/storeOrders/{orderId}/startCook", &[]),
    ("storeOrders.delay", Method::PUT, "/storeOrders/{orderId}/delay", &[]),
    ("storeOrders.finishCook", Method::PUT, "/storeOrders/{orderId}/finishCook", &[]),
    ("storeOrders.undo", Method::PUT, "/storeOrders/{orderId}/undo", &[]),
    ("storeOrders.cancel", Method::PUT, "/storeOrders/{orderId}/cancel", &[]),
    ("storeOrders.acknowledge", Method::PUT, "/storeOrders/{orderId}/acknowledge", &[]),
    ("riders.online", Method::PUT, "/riders/me/online", &[]),
    ("riders.offline", Method::PUT, "/riders/me/offline", &[]),
    ("riders.location", Method::PUT, "/riders/me/location", &[]),
    ("deliveries.list", Method::GET, "/deliveries", &["lat", "lng", "radiusMeters"]),
    ("deliveries.claim", Method::PUT, "/deliveries/{orderId}/claim", &[]),
    ("deliveries.release", Method::PUT, "/deliveries/{orderId}/release", &[]),
    ("deliveries.pick", Method::PUT, "/deliveries/{orderId}/pick", &[]),
    ("deliveries.confirm", Method::PUT, "/deliveries/{orderId}/confirm", &[]),
    ("payments.list", Method::GET, "/payments", &["orderId"]),
    ("payments.retryRefund", Method::PUT, "/payments/{orderId}/retryRefund", &[]),
    ("payments.settle", Method::PUT, "/payments/{orderId}/settle", &[]),
    ("orderStatuses.list", Method::GET, "/orderStatuses", &["limit"]),
    ("logs.list", Method::GET, "/logs", &["limit"]),
    ("ops.stuck", Method::GET, "/ops/stuck", &["limit"]),
    ("ops.cancel", Method::PUT, "/ops/orders/{orderId}/cancel", &[]),
    ("ops.reassign", Method::PUT, "/ops/orders/{orderId}/reassign", &[]),
    ("ops.complete", Method::PUT, "/ops/orders/{orderId}/complete", &[]),
    ("ops.dead", Method::GET, "/ops/dead", &["limit"]),
    ("ops.retryDead", Method::PUT, "/ops/dead/{id}/retry", &[]),
];

/// The way from a socket to the handlers. Cheap to clone; leads nowhere until it is opened.
#[derive(Clone, Default)]
pub(crate) struct Rpc(Arc<RwLock<Option<Open>>>);

#[derive(Clone)]
struct Open {
    api: Router,
    hub: Hub,
}

/// What a socket is told.
#[derive(Debug)]
pub(crate) enum RpcReply {
    /// There is no such method.
    UnknownMethod,
    /// What HTTP would have answered.
    Answer {
        /// The status of HTTP.
        status: u16,
        /// The view, or the problem.
        body: Bytes,
    },
}

impl Rpc {
    /// From here on calls lead to `api`, which is that of `hub`.
    pub(crate) fn open(&self, api: Router, hub: Hub) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Open { api, hub });
    }

    /// From here on calls lead nowhere. Handlers know of sockets and sockets of handlers; this is
    /// where they let go of each other.
    pub(crate) fn close(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Calls `method` in the name of `identity`.
    pub(crate) async fn call(&self, identity: &Identity, method: &str, data: &[u8]) -> RpcReply {
        let known = METHODS.iter().find(|(name, ..)| *name == method);
        let Some((_, verb, path, query)) = known else {
            return RpcReply::UnknownMethod;
        };
        let open = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(Open { api, hub }) = open else {
            return RpcReply::UnknownMethod;
        };
        if method == locations::METHOD {
            return match locations::said(&hub, identity, data).await {
                Ok(rider) => view(&rider),
                Err(error) => reply(error.into_response()).await,
            };
        }
        let response = match request(verb, path, query, data) {
            Ok(mut request) => {
                request.extensions_mut().insert(identity.clone());
                match api.oneshot(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                }
            }
            Err(error) => error.into_response(),
        };
        reply(response).await
    }
}

fn view(view: &impl Serialize) -> RpcReply {
    match serde_json::to_vec(view) {
        Ok(body) => RpcReply::Answer { status: 200, body: body.into() },
        Err(_) => RpcReply::Answer { status: 500, body: Bytes::new() },
    }
}

async fn reply(response: Response) -> RpcReply {
    let status = response.status().as_u16();
    match to_bytes(response.into_body(), ANSWER_BYTES_MAX).await {
        Ok(body) => RpcReply::Answer { status, body },
        Err(_) => RpcReply::Answer { status: 500, body: Bytes::new() },
    }
}

/// The request that a call stands for.
fn request(verb: &Method, path: &str, query: &[&str], data: &[u8]) -> Result<Request, ApiError> {
    let value: Value = match data {
        [] => Value::Object(Map::new()),
        data => serde_json::from_slice(data)
            .map_err(|error| ApiError::invalid("", error.to_string()))?,
    };
    let mut uri = filled(path, &value)?;
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    for name in query {
        if let Some(text) = value.get(name).and_then(text) {
            pairs.append_pair(name, &text);
        }
    }
    let pairs = pairs.finish();
    if !pairs.is_empty() {
        uri = format!("{uri}?{pairs}");
    }
    let mut request = Request::builder().method(verb).uri(uri);
    if let Some(key) = value.get("idempotencyKey").and_then(text) {
        request = request.header("idempotency-key", key);
    }
    let body = match *verb {
        Method::GET => Body::empty(),
        _ => Body::from(value.to_string()),
    };
    let request = request.header(CONTENT_TYPE, "application/json").body(body);
    request.map_err(|_| ApiError::invalid("/idempotencyKey", "visible ASCII characters"))
}

/// The path with the ids that `value` has for it.
fn filled(path: &str, value: &Value) -> Result<String, ApiError> {
    let Some((before, rest)) = path.split_once('{') else {
        return Ok(path.to_owned());
    };
    let (name, after) = rest.split_once('}').unwrap_or((rest, ""));
    // A store calls itself `id`.
    let id = value.get(name).or_else(|| value.get("id").filter(|_| name == "storeId"));
    let is_harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    match id.and_then(Value::as_str) {
        Some(id) if !id.is_empty() && id.bytes().all(is_harmless) => {
            Ok(format!("{before}{id}{after}"))
        }
        _ => Err(ApiError::invalid(format!("/{name}"), "say which one")),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_queries_are_taken_out_of_the_body() {
        let data = br#"{"orderId":"0193-a","idempotencyKey":"k","reason":"x"}"#;
        let made = request(&Method::PUT, "/deliveries/{orderId}/release", &[], data).unwrap();
        assert_eq!(made.uri(), "/deliveries/0193-a/release");
        assert_eq!(made.headers()["idempotency-key"], "k");

        let data = br#"{"lat":37.5,"lng":126.9}"#;
        let made = request(&Method::GET, "/stores", &["lat", "lng", "more"], data).unwrap();
        assert_eq!(made.uri(), "/stores?lat=37.5&lng=126.9");
    }

    #[test]
    fn an_id_cannot_lead_to_another_path() {
        for id in ["", "a/b", "../stores", "a?b", "a#b", "a b"] {
            let data = serde_json::json!({ "orderId": id }).to_string();
            let made = request(&Method::PUT, "/orders/{orderId}/cancel", &[], data.as_bytes());
            assert!(made.is_err(), "{id}");
        }
    }
}
