//! Breaks everything that can break, on purpose, and sees whether what was promised holds.
//!
//! Hubs, workers and Redis are processes; people use them as apps do; a seed decides what goes
//! wrong and when. In the end everything that anybody was told is compared with the logs in Redis
//! and the ledger of the payment provider.

mod clients;
mod clock;
mod cluster;
mod controls;
mod entries;
mod evidence;
mod faults;
mod ground;
mod judge;
mod link;
mod loss;
mod plan;
mod process;
mod provider;
mod records;
mod redis_server;
mod report;
mod run;
mod soak;
mod stage;
mod truth;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::ground::Ground;
use crate::plan::{Kind, Plan};
use crate::report::Totals;

/// Breaks everything that can break, on purpose, and sees whether what was promised holds.
///
/// Needs the programs `hub` and `workers`, built with their crash points: `make chaos` does that.
#[derive(Debug, Parser)]
#[command(name = "chaos")]
struct Settings {
    /// The first seed; what it decides is printed, and the same again with the same seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds, from the first on.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Which kinds of faults there are; all by default.
    #[arg(long, value_enum, value_delimiter = ',')]
    faults: Vec<Kind>,
    /// What Redis is like; each seed has the next of them by default.
    #[arg(long, value_enum)]
    ground: Option<Ground>,
    /// Nothing goes wrong: what is broken then is the harness.
    #[arg(long)]
    calm: bool,
    /// Takes parts of the machine out, one by one, and sees whether that is noticed.
    #[arg(long)]
    controls: bool,
    /// Goes on for so many minutes without starting anything anew, and measures what grows.
    #[arg(long)]
    soak: Option<u64>,
    /// Where the logs of all programs go, a folder for each seed.
    #[arg(long, default_value = "target/chaos-logs")]
    logs: PathBuf,
}

impl Settings {
    /// What `make chaos` is told beside the seed, for the same to happen again.
    fn replay(&self) -> String {
        fn name(value: &impl ValueEnum) -> String {
            value.to_possible_value().map_or_else(String::new, |it| it.get_name().to_owned())
        }
        let mut asked = Vec::new();
        if !self.faults.is_empty() {
            let kinds: Vec<String> = self.faults.iter().map(name).collect();
            asked.push(format!("--faults {}", kinds.join(",")));
        }
        asked.extend(self.ground.map(|it| format!("--ground {}", name(&it))));
        asked.extend(self.calm.then(|| "--calm".to_owned()));
        match asked.is_empty() {
            true => String::new(),
            false => format!(" ARGS=\"{}\"", asked.join(" ")),
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match begin(&Settings::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("chaos: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything held.
async fn begin(settings: &Settings) -> anyhow::Result<bool> {
    if settings.controls {
        return controls::all(settings.seed, &settings.logs).await;
    }
    if let Some(minutes) = settings.soak {
        let span = Duration::from_secs(minutes * 60);
        return soak::soak(settings.seed, span, &settings.logs).await;
    }
    let kinds = match settings.faults.as_slice() {
        _ if settings.calm => &[],
        [] => Kind::value_variants(),
        some => some,
    };
    let mut totals = Totals::new(settings.replay());
    for seed in settings.seed..settings.seed.saturating_add(settings.seeds) {
        let plan = Plan::of(seed, kinds, settings.ground);
        print!("{plan}");
        let folder = settings.logs.join(seed.to_string());
        match run::run(&plan, &folder).await {
            Ok(outcome) => {
                print!("{outcome}");
                totals.add(&plan, &outcome, &folder);
            }
            Err(error) => {
                println!("  could not be run: {error:#}");
                totals.fail(seed, &folder, &error);
            }
        }
    }
    print!("\n{totals}");
    Ok(totals.all_held())
}
