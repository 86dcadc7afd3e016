//! Logs and metrics of the process. Only `main` calls this: a process has one of each.

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Bounds of the histograms, in seconds: from one round trip to a long poll.
const SECONDS_BUCKETS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 60.0];
/// How often histograms are tidied, whether anybody reads them or not.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Logs to the standard output: for people on a terminal, as JSON elsewhere.
///
/// # Errors
/// A filter that makes no sense.
pub fn log(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).context("reading the log filter")?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter);
    match std::io::stdout().is_terminal() {
        true => builder.init(),
        false => builder.json().flatten_event(true).init(),
    }
    Ok(())
}

/// Installs the recorder of this process and keeps it tidy.
///
/// # Errors
/// If the process has a recorder already; its handle is then the one to use.
pub fn measure() -> anyhow::Result<PrometheusHandle> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS_BUCKETS)
        .context("setting up histograms")?
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).ok().context("installing the recorder of metrics")?;
    let to_tidy = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP_EVERY).await;
            to_tidy.run_upkeep();
        }
    });
    Ok(handle)
}
