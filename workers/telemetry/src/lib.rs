//! What a process says of itself: its log, its metrics, its traces.
//!
//! A process has one of each, so only its `main` starts them. Knows nothing of orders; what is
//! said, and what never is (tokens, addresses, notes), is for those who say it.

mod log;
mod measures;
mod trace;

use clap::Args;

pub use log::{LogFormat, Output};
pub use measures::{describe_build, measure};
pub use trace::{follow, is_tracing, traceparent};

/// How a process speaks of itself.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// What is logged: a level, or levels by module, like info,hub=debug.
    #[arg(long, env = "RUST_LOG", default_value = "info")]
    pub log: String,
    /// How it is written; text on a terminal and JSON elsewhere unless said.
    #[arg(long, env = "LOG_FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,
    /// Where traces are sent, like http://collector:4318 (OTLP over HTTP); without it there are
    /// none.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
    /// Which share of the traces that begin here is sent, from 0 to 1. Whoever calls with a
    /// traceparent has decided for us.
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", default_value_t = 1.0)]
    pub trace_share: f64,
}

impl Default for Settings {
    fn default() -> Settings {
        let log = "info".to_owned();
        Settings { log, log_format: None, otlp_endpoint: None, trace_share: 1.0 }
    }
}

/// The log and the traces of a process, while it runs.
#[must_use = "what is not stopped may lose its last traces"]
pub struct Telemetry(Option<trace::Traces>);

/// Starts the log, and the traces if they are wanted. `service` is what collectors call us.
///
/// # Errors
/// Settings that make no sense.
pub fn start(
    service: &'static str,
    settings: &Settings,
    output: Output,
) -> anyhow::Result<Telemetry> {
    let traces = match settings.otlp_endpoint.as_deref().filter(|it| !it.is_empty()) {
        Some(endpoint) => Some(trace::Traces::start(service, endpoint, settings.trace_share)?),
        None => None,
    };
    log::start(settings, output, traces.as_ref())?;
    Ok(Telemetry(traces))
}

impl Telemetry {
    /// Sends what has yet to be sent, for a few seconds at most.
    pub async fn stop(self) {
        if let Some(traces) = self.0 {
            traces.stop().await;
        }
    }
}
