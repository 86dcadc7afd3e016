//! `siege`, as the seed of this product was shown to scale: many people who ask for their orders, as
//! fast as they are answered.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde::Deserialize;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::timeout;

/// How much longer than asked it may take to end.
const END_MAX: Duration = Duration::from_secs(60);

/// What siege found.
#[derive(Clone, Debug, Deserialize)]
pub struct Found {
    /// Requests that were answered.
    #[serde(rename = "successful_transactions")]
    pub answered: u64,
    /// Requests that were not.
    #[serde(rename = "failed_transactions")]
    pub failed: u64,
    /// Of a hundred.
    pub availability: f64,
    /// In a second.
    #[serde(rename = "transaction_rate")]
    pub rate: f64,
    /// On average, in seconds.
    #[serde(rename = "response_time")]
    pub mean: f64,
    /// In seconds.
    #[serde(rename = "longest_transaction")]
    pub longest: f64,
}

/// So many people ask for the orders of whoever has this token, for so long.
///
/// # Errors
/// If there is no siege, or it was answered nothing.
pub async fn besiege(
    gate: SocketAddr,
    token: &str,
    people: usize,
    time: Duration,
) -> anyhow::Result<Found> {
    let home = TempDir::with_prefix("siege-")?;
    let file = home.path().join("siegerc");
    std::fs::write(&file, settings(token))?;
    let siege = Command::new("siege")
        .arg("-R")
        .arg(&file)
        .args([&format!("-c{people}"), &format!("-t{}S", time.as_secs())])
        .arg(format!("http://{gate}/orders"))
        // Where it would leave settings of its own.
        .env("HOME", home.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(time + END_MAX, siege).await.context("waiting for siege")?;
    let output = output.context("starting siege (make tools)")?;
    let text = String::from_utf8_lossy(&output.stdout);
    // First it may say that it left settings in its home.
    let (_, found) = text.split_once('{').context("siege found nothing")?;
    let found: Found =
        serde_json::from_str(&format!("{{{found}")).context("reading what siege found")?;
    ensure!(found.answered > 0, "siege was answered nothing");
    Ok(found)
}

/// The token is in a file of ours, and so in no list of processes and no address.
fn settings(token: &str) -> String {
    format!(
        "verbose = false\ncolor = off\njson_output = true\nlogging = false\nshow-logfile = false\n\
         parser = false\nprotocol = HTTP/1.1\nconnection = close\ntimeout = 30\n\
         failures = 10000000\nheader = Authorization: Bearer {token}\n"
    )
}
