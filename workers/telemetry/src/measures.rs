//! Metrics: what is counted, as Prometheus reads it.

use std::time::Duration;

use anyhow::Context;
use metrics::{Unit, describe_gauge, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Bounds of the histograms, in seconds: from a script in Redis to a long poll.
const SECONDS_BUCKETS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];
/// Bounds of those whose name ends in `_latency_seconds`: what should be too quick to be noticed.
const LATENCY_BUCKETS: [f64; 16] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];
/// How often histograms are tidied, whether anybody reads them or not.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// Which commit a program was built of, where the build says it.
const COMMIT: &str = match option_env!("BUILD_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};

/// Installs the recorder of this process and keeps it tidy.
///
/// # Errors
/// If the process has a recorder already; its handle is then the one to use.
pub fn measure() -> anyhow::Result<PrometheusHandle> {
    // Of two that match, the first by the alphabet is taken.
    let latency = Matcher::Suffix("_latency_seconds".to_owned());
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS_BUCKETS)
        .and_then(|builder| builder.set_buckets_for_metric(latency, &LATENCY_BUCKETS))
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

/// Says in the metrics which build of `program` this is.
pub fn describe_build(program: &'static str, version: &'static str) {
    describe_gauge!("build_info", Unit::Count, "Always 1; the labels say what was built.");
    let labels = [("program", program), ("version", version), ("commit", COMMIT)];
    gauge!("build_info", &labels).set(1.0);
}
