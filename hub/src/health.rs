//! What operators and the cluster ask: alive, ready, metrics. On a listener of its own.
//!
//! Ready means: the news of all feeds come in, the memory is warm, and there are keys to check
//! tokens with. Once it is, no outage of Redis or of the issuer of the tokens changes that, nor
//! does any load: taking a hub away cuts every socket it holds, and no other hub would be better
//! off. Only a hub that is about to stop is not ready any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;

/// The content type of the text that Prometheus reads.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Whether this hub should be sent anybody.
#[derive(Clone, Default)]
pub(crate) struct Readiness(Arc<Flags>);

#[derive(Default)]
struct Flags {
    is_warm: AtomicBool,
    has_keys: AtomicBool,
    is_stopping: AtomicBool,
}

impl Readiness {
    /// The feeds are followed.
    pub(crate) fn set_warm(&self) {
        self.0.is_warm.store(true, Ordering::Relaxed);
    }

    /// Tokens can be checked.
    pub(crate) fn set_keys(&self) {
        self.0.has_keys.store(true, Ordering::Relaxed);
    }

    /// The hub is about to stop.
    pub(crate) fn set_stopping(&self) {
        self.0.is_stopping.store(true, Ordering::Relaxed);
    }
}

#[derive(Clone)]
struct Known {
    readiness: Readiness,
    metrics: Option<PrometheusHandle>,
}

/// The paths of the admin listener.
pub(crate) fn routes(readiness: Readiness, metrics: Option<PrometheusHandle>) -> Router {
    Router::new()
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(show_metrics))
        .with_state(Known { readiness, metrics })
}

async fn readyz(State(known): State<Known>) -> (StatusCode, &'static str) {
    let flags = &known.readiness.0;
    if flags.is_stopping.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    if !flags.has_keys.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "waiting for the keys of tokens\n");
    }
    match flags.is_warm.load(Ordering::Relaxed) {
        true => (StatusCode::OK, "ready\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "waiting for the feeds\n"),
    }
}

async fn show_metrics(State(known): State<Known>) -> Response {
    match known.metrics {
        Some(metrics) => ([(CONTENT_TYPE, PROMETHEUS_TEXT)], metrics.render()).into_response(),
        None => {
            (StatusCode::NOT_FOUND, "this process shows its metrics elsewhere\n").into_response()
        }
    }
}
