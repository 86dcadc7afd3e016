//! Requests, beside a handler that only reads the same key.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use city::besiegers::besiege;
use tokio::process::Command;
use tokio::time::timeout;

use crate::Scale;
use crate::bare::Bare;
use crate::figures::{Table, count, median};
use crate::orders;
use crate::place::Place;

/// Connections of `wrk`, and for how many seconds.
const CONNECTIONS: usize = 100;
const SECONDS: usize = 10;
/// As the seed of this product was shown to scale.
const BESIEGERS: usize = 200;
const SIEGE_SECONDS: usize = 40;
/// Orders of the customer who is asked about.
const ORDERS: usize = 10;
/// How much longer than asked it may take to end.
const END_MAX: Duration = Duration::from_secs(60);

/// As many requests as are answered.
pub(crate) async fn rest(scale: Scale) -> anyhow::Result<Table> {
    let mut table = Table::new("Requests");
    let mut place = Place::begin().await?;
    let stores = orders::open_stores(&place.streams, 1).await?;
    let made = orders::place_all_of(&place.streams, &stores, "c-0", ORDERS).await?;
    place.open_hub().await?;
    let tokens = place.tokens("customer", &["c-0".to_owned()]).await?;
    let id = made.first().context("an order")?.id;
    let found = place.redis_cli(&format!("KEYS log:*:{id}\n")).await?;
    let bare = Bare::reader(place.redis.url(), found.trim()).await?;

    let seconds = scale.of(SECONDS);
    let (mut ours, mut theirs, mut burdens) = (vec![], vec![], vec![]);
    for _ in 0..scale.runs {
        let before = place.hub_seconds()?;
        let found = wrk(place.hub(), &format!("/orders/{id}"), &tokens[0], seconds).await?;
        burdens.push((place.hub_seconds()? - before) * 1e6 / (found.rate * seconds as f64));
        ours.push(found);
        theirs.push(wrk(bare.listen, "/", "", seconds).await?);
    }
    let ours = Found::median(ours);
    let theirs = Found::median(theirs);
    table.row(
        format!("GET /orders/{{id}} by wrk, {CONNECTIONS} connections"),
        format!(
            "{} a second, p50 {:.2}, p99 {:.2} ms, {} not answered well; {:.0} µs of the hub each",
            count(ours.rate),
            ours.p50_millis,
            ours.p99_millis,
            ours.failed,
            median(burdens)
        ),
        format!(
            "{} a second, p50 {:.2}, p99 {:.2} ms: an axum handler that only reads the same key",
            count(theirs.rate),
            theirs.p50_millis,
            theirs.p99_millis
        ),
        format!("{:.2}", ours.rate / theirs.rate),
    );
    let time = Duration::from_secs(scale.of(SIEGE_SECONDS) as u64);
    let siege = besiege(place.hub(), &tokens[0], BESIEGERS, time).await?;
    table.row(
        format!("GET /orders by siege -c{BESIEGERS} -t{}S, {ORDERS} orders each", time.as_secs()),
        format!(
            "{} a second, {:.2} % answered, {} failed, mean {:.1}, longest {:.0} ms",
            count(siege.rate),
            siege.availability,
            siege.failed,
            siege.mean * 1e3,
            siege.longest * 1e3
        ),
        "a connection for each request".to_owned(),
        String::new(),
    );
    Ok(table)
}

/// What wrk found.
struct Found {
    rate: f64,
    p50_millis: f64,
    p99_millis: f64,
    failed: u64,
}

impl Found {
    /// The run in the middle; all that failed in any.
    fn median(mut runs: Vec<Found>) -> Found {
        let failed = runs.iter().map(|run| run.failed).sum();
        runs.sort_by(|one, other| one.rate.total_cmp(&other.rate));
        let middle = runs.swap_remove(runs.len() / 2);
        Found { failed, ..middle }
    }
}

/// What wrk is to say at its end, so that nobody has to read its prose.
const SAY: &str = "done = function(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('found %d %d %d %d %d\\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), failed))
end
";

async fn wrk(server: SocketAddr, path: &str, token: &str, seconds: usize) -> anyhow::Result<Found> {
    let home = tempfile::TempDir::with_prefix("wrk-")?;
    let script = home.path().join("say.lua");
    // In a file of ours, and so in no list of processes.
    let head = format!("wrk.headers['Authorization'] = 'Bearer {token}'\n");
    std::fs::write(&script, head + SAY)?;
    let wrk = Command::new("wrk")
        .args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{seconds}s"), "-s"])
        .arg(&script)
        .arg(format!("http://{server}{path}"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(Duration::from_secs(seconds as u64) + END_MAX, wrk).await;
    let output = output.context("waiting for wrk")?.context("starting wrk (make bench)")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("found "));
    let figures: Vec<f64> = line
        .context("wrk found nothing")?
        .split(' ')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .context("reading what wrk found")?;
    let [requests, micros, p50, p99, failed] = figures[..] else {
        anyhow::bail!("wrk found something else");
    };
    ensure!(requests > 0.0, "wrk was answered nothing");
    Ok(Found {
        rate: requests / (micros / 1e6),
        p50_millis: p50 / 1e3,
        p99_millis: p99 / 1e3,
        failed: failed as u64,
    })
}
