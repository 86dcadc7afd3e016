//! Which path leads where.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::HeaderValue;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{ApiError, Code};
use crate::{
    Hub, assets, deliveries, emulation, events, locations, openapi, ops, orders, payments, placing,
    riders, sharing, socket, statuses, store_orders, stores, tokens, traffic,
};

/// Largest body that is read.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// How often the socket pings; the web needs it to notice that it is cut off.
const PING_SECONDS: u32 = 25;

/// Everything an app can ask for.
pub(crate) fn api() -> Router<Hub> {
    Router::new()
        .route("/orders", get(orders::list).post(placing::place))
        .route("/orders/{orderId}", get(orders::get))
        .route("/orders/{orderId}/timeline", get(orders::events))
        .route("/orders/{orderId}/cancel", put(orders::cancel))
        .route("/orders/{orderId}/problems", post(orders::report_problem))
        .route("/orders/{orderId}/share", post(sharing::share))
        .route("/orders/{orderId}/progress", get(sharing::progress))
        .route("/stores", get(stores::near))
        .route("/stores/{storeId}", get(stores::get).put(stores::put))
        .route("/stores/{storeId}/pause", put(stores::pause))
        .route("/stores/{storeId}/resume", put(stores::resume))
        .route("/storeOrders", get(store_orders::board))
        .route("/storeOrders/{orderId}/received", put(store_orders::received))
        .route("/storeOrders/{orderId}/accept", put(store_orders::accept))
        .route("/storeOrders/{orderId}/reject", put(store_orders::reject))
        .route("/storeOrders/{orderId}/startCook", put(store_orders::start_cook))
        .route("/storeOrders/{orderId}/delay", put(store_orders::delay))
        .route("/storeOrders/{orderId}/finishCook", put(store_orders::finish_cook))
        .route("/storeOrders/{orderId}/undo", put(store_orders::undo))
        .route("/storeOrders/{orderId}/cancel", put(store_orders::cancel))
        .route("/storeOrders/{orderId}/acknowledge", put(store_orders::acknowledge))
        .route("/riders/me/online", put(riders::online))
        .route("/riders/me/offline", put(riders::offline))
        .route("/riders/me/location", put(locations::report))
        .route("/deliveries", get(deliveries::near))
        .route("/deliveries/{orderId}/claim", put(deliveries::claim))
        .route("/deliveries/{orderId}/release", put(deliveries::release))
        .route("/deliveries/{orderId}/pick", put(deliveries::pick))
        .route("/deliveries/{orderId}/confirm", put(deliveries::confirm))
        .route("/payments", get(payments::list))
        .route("/payments/{orderId}/retryRefund", put(payments::retry_refund))
        .route("/payments/{orderId}/settle", put(payments::settle))
        .route("/orderStatuses", get(statuses::statuses))
        .route("/logs", get(statuses::alerts))
        .route("/ops/stuck", get(ops::stuck))
        .route("/ops/orders/{orderId}/cancel", put(ops::cancel))
        .route("/ops/orders/{orderId}/reassign", put(ops::reassign))
        .route("/ops/orders/{orderId}/complete", put(ops::complete))
        .route("/ops/dead", get(ops::dead))
        .route("/ops/dead/{id}/retry", put(ops::retry_dead))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// Everything that is served to apps: the API, the socket, the web, and `extra`.
pub(crate) fn everything(hub: Hub, extra: Router) -> Router {
    let origins = hub.config().allowed_origins.iter();
    let origins: Arc<[HeaderValue]> =
        origins.filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    let live = Router::new()
        .route("/connection/websocket", get(socket::connect))
        .route("/connection/http_stream", post(emulation::connect).options(emulation::options))
        .route("/emulation", post(emulation::command).options(emulation::options))
        .route("/events", get(events::listen))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    let bare = Router::new()
        .route("/dev/tokens", post(tokens::grant))
        .route("/config.json", get(config))
        .route("/openapi.json", get(openapi::serve))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    api()
        .merge(bare)
        .merge(live)
        .with_state(hub)
        .merge(extra)
        .fallback(assets::serve)
        .layer(from_fn_with_state(origins, traffic::allow_origins))
        .layer(from_fn(traffic::observe))
}

async fn wrong_method() -> ApiError {
    ApiError::new(Code::MethodNotAllowed, "this path does not take this method")
}

/// What the web needs to know before anybody has signed in.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Config")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Config"))]
pub struct WebConfig {
    pub version: &'static str,
    /// What the screens are called that this hub serves, if it serves any; others are outdated.
    pub web_build: Option<&'static str>,
    pub dev_tokens: bool,
    /// Whether customers can be given links for others; that takes a secret to sign with.
    pub sharing: bool,
    pub map_tile_url: Option<String>,
    pub map_base_url: Option<&'static str>,
    pub ping_seconds: u32,
    pub city: bool,
}

async fn config(State(hub): State<Hub>) -> Json<WebConfig> {
    let config = hub.config();
    Json(WebConfig {
        version: env!("CARGO_PKG_VERSION"),
        web_build: assets::build(),
        dev_tokens: config.dev_tokens,
        sharing: hub.keys().can_sign(),
        map_tile_url: config.map_tile_url.clone(),
        map_base_url: config.city.then_some("/map/base.json"),
        ping_seconds: PING_SECONDS,
        city: config.city,
    })
}
