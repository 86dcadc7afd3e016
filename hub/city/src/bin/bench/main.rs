//! Measures the product beside a physical limit, or a plain Redis, in one run on one machine.
//!
//! Everything is a real process: a redis-server, the `hub` program, and this one as all its
//! clients. Figures of one machine compare with each other, not with those of another day.

mod appends;
mod bare;
mod busy;
mod connects;
mod crowd;
mod figures;
mod frames;
mod growth;
mod idle;
mod instructions;
mod nearby;
mod orders;
mod peers;
mod place;
mod plot;
mod positions;
mod press;
mod processes;
mod profiles;
mod rest;
mod results;
mod saga;
mod snapshots;
mod start;
mod swarm;
mod topics;
mod traffic;

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, ValueEnum};

use crate::figures::Table;
use crate::peers::Peer;

/// Measures what the product does beside what the machine can do.
///
/// Needs the programs `hub` and this one, built for release: `make bench` does that. Every line
/// that is printed says what was measured, how it went, and what stands beside it.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Settings {
    /// What to measure; everything by default.
    #[arg(value_enum)]
    scenarios: Vec<Scenario>,
    /// A tenth of the people and of the time: to see that it works, not how fast.
    #[arg(long)]
    quick: bool,
    /// How often each scenario is run; the median run is told. What is counted and not timed is run
    /// once.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=15))]
    runs: u8,
    /// Renews the sections of what is measured on this page, in Markdown, and the pictures beside
    /// it.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Whom idle, topics and busy are asked of; everybody by default.
    #[arg(long, value_enum, value_delimiter = ',')]
    peers: Vec<Peer>,
    #[command(flatten)]
    role: bare::Role,
    #[command(flatten)]
    rehearsal: instructions::Role,
}

/// Something to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// Sockets that do nothing, and the memory they take.
    Idle,
    /// Each socket its own order: from Redis to sockets, faster and faster.
    Topics,
    /// One place that thousands watch.
    Busy,
    /// Jobs that open near thousands of riders: from the cook's tap to the riders' sockets.
    Jobs,
    /// What a rider is shown at first, with many thousands of jobs in town.
    Snapshots,
    /// People who connect, and who all come back at once.
    Connects,
    /// Whole orders: requests, workers and pushes.
    Saga,
    /// Events that are appended.
    Appends,
    /// Requests that only read.
    Rest,
    /// What a change costs, as feeds, hubs, orders and sockets become more.
    Growth,
    /// How long a hub takes to start, and what it costs at rest.
    Start,
    /// Riders who say where they are, and customers who see them move.
    Positions,
    /// Instructions and allocations of one delivery, counted by valgrind: `bench instructions`
    /// prints the same figures on a busy machine, so they can be compared from commit to commit.
    Instructions,
    /// Where the hub's time goes while it tells, as flame graphs.
    Profiles,
}

impl Scenario {
    /// Counts or samples, so that there is nothing to take the median of.
    fn is_run_once(self) -> bool {
        matches!(self, Scenario::Instructions | Scenario::Profiles)
    }
}

/// How much of everything.
#[derive(Clone, Copy, Debug)]
struct Scale {
    quick: bool,
    runs: u8,
}

impl Scale {
    /// So many, or a tenth in a hurry.
    fn of(self, many: usize) -> usize {
        if self.quick { (many / 10).max(1) } else { many }
    }
}

fn main() -> ExitCode {
    let settings = Settings::parse();
    // Somebody counts every instruction, so there is nothing beside it.
    if settings.rehearsal.perform() {
        return ExitCode::SUCCESS;
    }
    match bench(&settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn bench(settings: &Settings) -> anyhow::Result<()> {
    run(settings).await
}

async fn run(settings: &Settings) -> anyhow::Result<()> {
    if settings.role.serve().await?.is_some() {
        return Ok(());
    }
    let scale = Scale { quick: settings.quick, runs: settings.runs };
    let scenarios = match settings.scenarios.as_slice() {
        [] => Scenario::value_variants(),
        some => some,
    };
    let peers = match settings.peers.as_slice() {
        [] => Peer::value_variants(),
        some => some,
    };
    for scenario in scenarios {
        let table = measure(*scenario, scale, peers).await?;
        writeln!(stdout(), "\n{table}").context("printing")?;
        if let Some(page) = &settings.report {
            results::write(page, *scenario, settings, &table)?;
        }
    }
    Ok(())
}

async fn measure(scenario: Scenario, scale: Scale, peers: &[Peer]) -> anyhow::Result<Table> {
    match scenario {
        Scenario::Idle => idle::idle(scale, peers).await,
        Scenario::Topics => topics::topics(scale, peers).await,
        Scenario::Busy => busy::busy(scale, peers).await,
        Scenario::Jobs => nearby::jobs(scale).await,
        Scenario::Snapshots => snapshots::snapshots(scale).await,
        Scenario::Connects => connects::connects(scale).await,
        Scenario::Saga => saga::saga(scale).await,
        Scenario::Appends => appends::appends(scale).await,
        Scenario::Rest => rest::rest(scale).await,
        Scenario::Start => start::start(scale).await,
        Scenario::Growth => growth::growth(scale).await,
        Scenario::Positions => positions::positions(scale).await,
        Scenario::Instructions => instructions::instructions().await,
        Scenario::Profiles => profiles::profiles(scale).await,
    }
}
