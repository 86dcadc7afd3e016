//! Where the hub's time goes while it tells: sampled by perf, drawn as flame graphs by inferno.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::process::{Child, Command};

use crate::figures::Table;
use crate::peers::{Peer, Plan};
use crate::plot::Picture;
use crate::traffic::Traffic;
use crate::{Scale, peers, processes};

/// Looks a second, beside every rhythm of the kernel.
const LOOKS: &str = "997";
/// Bytes of each stack that are kept. Ours are shallow.
const STACK: &str = "dwarf,16384";
const SECONDS: usize = 5;
/// Boxes that are narrower are not drawn, in percent.
const NARROW: &str = "0.2";

const TOPICS_SOCKETS: usize = 5_000;
const TOPICS_RATE: usize = 20_000;
const BUSY_SOCKETS: usize = 1_000;
const BUSY_AT_ONCE: usize = 64;

/// What it is doing, by the innermost function that says so: in the order of the columns.
const MARKS: [&[&str]; 7] = [
    &["_[k]"],
    &["mi_", "mimalloc"],
    &["serde_json::de", "serde_json::read", "Deserialize", "from_utf8"],
    &["serde_json::ser", "serde_json::raw", "Serialize"],
    &["combine::", "redis::"],
    &["tokio::", "mio::"],
    &["hub::", "streams::", "domain::"],
];

const COLUMNS: [&str; 9] = [
    "what the hub does",
    "the system",
    "memory",
    "reading JSON",
    "writing JSON",
    "what Redis says",
    "tokio",
    "ours",
    "all else",
];

/// What keeps it busy.
#[derive(Clone, Copy)]
enum Labour {
    Topics,
    Busy,
}

impl Labour {
    fn title(self) -> &'static str {
        match self {
            Labour::Topics => "20 000 news a second, each to one of 5 000 sockets",
            Labour::Busy => "A backlog of jobs near 1 000 riders",
        }
    }

    fn file(self) -> &'static str {
        match self {
            Labour::Topics => "flames-topics.svg",
            Labour::Busy => "flames-busy.svg",
        }
    }

    /// Keeps a hub busy, and somebody looks. Returns stacks, folded.
    async fn sample(self, scale: Scale, folder: &Path) -> anyhow::Result<String> {
        let plan = match self {
            Labour::Topics => Plan { sockets: scale.of(TOPICS_SOCKETS), is_one_topic: false },
            Labour::Busy => Plan { sockets: scale.of(BUSY_SOCKETS), is_one_topic: true },
        };
        let mut traffic = Traffic::begin(Peer::Hub.open(plan).await?, plan).await?;
        // Once before anybody looks, so that nobody sees the first of anything.
        self.labour(&mut traffic, scale)?;
        let samples = folder.join(self.file()).with_extension("perf");
        let watching = watch(&traffic.contender.processes()?, &samples)?;
        self.labour(&mut traffic, scale)?;
        drop(traffic);
        fold(watching, &samples).await
    }

    fn labour(self, traffic: &mut Traffic, scale: Scale) -> anyhow::Result<()> {
        match self {
            Labour::Topics => {
                traffic.at_rate(TOPICS_RATE as f64, scale.of(TOPICS_RATE * SECONDS))?
            }
            Labour::Busy => {
                traffic.in_flight(BUSY_AT_ONCE, Duration::from_secs(scale.of(SECONDS) as u64))?
            }
        };
        Ok(())
    }
}

/// What the hub does while it tells, or that nobody can see it.
pub(crate) async fn profiles(scale: Scale) -> anyhow::Result<Table> {
    let mut table = Table::of("Where the hub's time goes, in percent", &COLUMNS);
    for (program, comes) in [("perf", "linux-perf"), ("inferno-flamegraph", "inferno")] {
        let asked = Command::new(tool(program)).arg("--help").stdin(Stdio::null()).output().await;
        if asked.is_err() {
            table.note(format!("skipped: {program} is not installed; it comes with {comes}"));
            return Ok(table);
        }
    }
    let folder = tempfile::tempdir().context("a folder for samples")?;
    for labour in [Labour::Topics, Labour::Busy] {
        let folded = labour.sample(scale, folder.path()).await?;
        let mut cells = vec![labour.title().to_owned()];
        cells.extend(shares(&folded).map(|share| format!("{share:.0}")));
        table.cells(cells);
        let svg = processes::hear_out(
            Command::new(tool("inferno-flamegraph"))
                .args(["--title", labour.title(), "--minwidth", NARROW, "--width", "1200"])
                .args(["--countname", "looks", "--hash"]),
            &folded,
        )
        .await?;
        table.picture(Picture { title: labour.title(), file: labour.file().to_owned(), svg });
    }
    Ok(table)
}

/// Looks at these processes until they end.
fn watch(processes: &[u32], samples: &Path) -> anyhow::Result<Child> {
    let processes: Vec<String> = processes.iter().map(u32::to_string).collect();
    peers::start(
        Command::new("perf")
            .args(["record", "--quiet", "--event", "cpu-clock", "--freq", LOOKS])
            .args(["--call-graph", STACK, "--pid", &processes.join(",")])
            .arg("--output")
            .arg(samples)
            .stdout(Stdio::null()),
    )
}

/// The stacks that were seen, each with how often.
async fn fold(mut watching: Child, samples: &Path) -> anyhow::Result<String> {
    let status = watching.wait().await?;
    ensure!(status.success(), "perf ended with {status}; may it look at other processes?");
    let script = Command::new("perf")
        .args(["script", "--no-inline", "--input"])
        .arg(samples)
        .stdin(Stdio::null())
        .output();
    let script = script.await.context("reading what perf saw")?;
    let stacks = String::from_utf8_lossy(&script.stdout);
    processes::hear_out(Command::new(tool("inferno-collapse-perf")).arg("--kernel"), &stacks).await
}

/// Where `make bench` puts what cargo installs, or wherever else it is.
fn tool(name: &str) -> PathBuf {
    let beside = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/bin"));
    let beside = beside.join(name);
    if beside.exists() { beside } else { name.into() }
}

/// The share of each kind of stacks, and of all others, in percent.
fn shares(folded: &str) -> impl Iterator<Item = f64> {
    let mut looks = [0.0; MARKS.len() + 1];
    for (stack, times) in folded.lines().filter_map(|line| line.rsplit_once(' ')) {
        looks[kind(stack)] += times.parse().unwrap_or(0.0);
    }
    let all: f64 = looks.iter().sum();
    looks.into_iter().map(move |it| it * 100.0 / all)
}

fn kind(stack: &str) -> usize {
    let of =
        |frame: &str| MARKS.iter().position(|marks| marks.iter().any(|mark| frame.contains(mark)));
    stack.rsplit(';').find_map(of).unwrap_or(MARKS.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_that_says_what_it_does_counts() {
        let stacks = "hub;tokio::run;hub::topics::publish;serde_json::de::from_trait;memmove 3\n\
                      hub;tokio::run;hub::topics::publish;memmove 1\n\
                      hub;tokio::run;__send;entry_SYSCALL_64_[k];tcp_sendmsg_[k] 4\n\
                      hub;start_thread 2\n";
        let shares: Vec<f64> = shares(stacks).collect();
        assert_eq!(shares, [40.0, 0.0, 30.0, 0.0, 0.0, 0.0, 10.0, 20.0]);
    }
}
