//! Measures the product beside a physical limit, or a plain Redis, in one run on one machine.
//!
//! Everything is a real process: a redis-server, the `hub` program, and this one as all its
//! clients. Figures of one machine compare with each other, not with those of another day.

mod crowd;
mod figures;
mod nearby;
mod orders;
mod place;
mod positions;
mod snapshots;

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, ValueEnum};

use crate::figures::Table;

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
    /// How often each scenario is run; the median run is told.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=15))]
    runs: u8,
    /// Writes the tables, in Markdown, to this file as well.
    #[arg(long)]
    report: Option<PathBuf>,
}

/// Something to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// Jobs that open near thousands of riders: from the cook's tap to the riders' sockets.
    Jobs,
    /// What a rider is shown at first, with many thousands of jobs in town.
    Snapshots,
    /// Riders who say where they are, and customers who see them move.
    Positions,
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

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Settings::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: &Settings) -> anyhow::Result<()> {
    let scale = Scale { quick: settings.quick, runs: settings.runs };
    let scenarios = match settings.scenarios.as_slice() {
        [] => Scenario::value_variants(),
        some => some,
    };
    let mut report = String::new();
    for scenario in scenarios {
        let table = measure(*scenario, scale).await?;
        report.push_str(&table.to_string());
        report.push('\n');
        writeln!(stdout(), "\n{table}").context("printing")?;
    }
    if let Some(path) = &settings.report {
        std::fs::write(path, report).context("writing the report")?;
    }
    Ok(())
}

async fn measure(scenario: Scenario, scale: Scale) -> anyhow::Result<Table> {
    match scenario {
        Scenario::Jobs => nearby::jobs(scale).await,
        Scenario::Snapshots => snapshots::snapshots(scale).await,
        Scenario::Positions => positions::positions(scale).await,
    }
}
