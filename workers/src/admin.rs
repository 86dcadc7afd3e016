//! Health and metrics, on a listener that only operators reach.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// The content type of the text that Prometheus reads.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A listener, closed when dropped.
pub(crate) struct Admin {
    address: SocketAddr,
    is_ready: Arc<AtomicBool>,
    _serving: AbortOnDropHandle<()>,
}

#[derive(Clone)]
struct Known {
    is_ready: Arc<AtomicBool>,
    metrics: Option<PrometheusHandle>,
}

impl Admin {
    /// Serves on `address` at once; not ready until told.
    pub(crate) async fn listen(
        address: SocketAddr,
        metrics: Option<PrometheusHandle>,
    ) -> anyhow::Result<Admin> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("listening on {address} (WORKERS_ADMIN_LISTEN)"))?;
        let address = listener.local_addr().context("listening")?;
        let is_ready = Arc::new(AtomicBool::new(false));
        let routes = Router::new()
            .route("/livez", get(async || "alive\n"))
            .route("/readyz", get(readyz))
            .route("/metrics", get(show_metrics))
            .with_state(Known { is_ready: is_ready.clone(), metrics });
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::error!(%error, "the admin listener failed");
            }
        });
        Ok(Admin { address, is_ready, _serving: AbortOnDropHandle::new(serving) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From here on `/readyz` says yes, through every outage of Redis: no restart would mend it.
    pub(crate) fn set_ready(&self) {
        self.is_ready.store(true, Ordering::Relaxed);
    }
}

async fn readyz(State(known): State<Known>) -> impl IntoResponse {
    match known.is_ready.load(Ordering::Relaxed) {
        true => (StatusCode::OK, "ready\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "waiting for redis\n"),
    }
}

async fn show_metrics(State(known): State<Known>) -> impl IntoResponse {
    match known.metrics {
        Some(metrics) => {
            ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], metrics.render()).into_response()
        }
        None => {
            (StatusCode::NOT_FOUND, "this process shows its metrics elsewhere\n").into_response()
        }
    }
}
