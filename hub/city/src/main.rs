//! The demo: hub, workers, a Redis of their own, and an evening in the neighbourhood.

mod staff;
mod world;

use std::io::{Write, stdout};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use telemetry::{LogFormat, Output};
use tokio::signal::unix::{SignalKind, signal};

use crate::world::World;

/// A neighbourhood orders dinner: the whole product with one command, and people in it.
///
/// Starts a redis-server of its own, the hub and the workers, opens twelve stores, and sends out
/// customers, cooks and riders who use the hub as apps do. Prints the address to open in a
/// browser. Ctrl-C ends everything and leaves nothing running.
///
/// The workers are processes of their own, so that one can be killed to see what happens: another
/// takes its place, and no order is lost.
///
/// Everybody but you is simulated, and you may take anybody over in the browser.
#[derive(Debug, Parser)]
#[command(name = "city", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
struct Settings {
    #[command(subcommand)]
    part: Option<Part>,
    /// Where browsers and apps come in; port 0 takes any free one.
    #[arg(long, env = "HUB_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where health and metrics are served.
    #[arg(long, env = "HUB_ADMIN_LISTEN", default_value = "127.0.0.1:9090")]
    admin_listen: SocketAddr,
    /// How many people are simulated; everybody by default. With 0 the stores, their menus and
    /// the map are there, and nobody orders, cooks or rides but you.
    #[arg(long)]
    people: Option<usize>,
    /// How many times faster than life: 1, 6 or 20. Can be changed in the browser.
    #[arg(long, default_value_t = 6, value_parser = speed)]
    speed: u32,
    /// How long a store has to answer an order, in real seconds; without it, three minutes of the
    /// town's time, and half a minute at least.
    #[arg(long, env = "ACCEPT_SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    accept_seconds: Option<u64>,
    /// The same seed gives the same streets, stores and people.
    #[arg(long, default_value_t = 20_261_122)]
    seed: u64,
    /// Keeps orders and stores in this folder, for the next time; without it nothing is kept.
    #[arg(long)]
    data: Option<PathBuf>,
    /// How many processes of workers there are.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16))]
    workers: u8,
    /// What is logged, to stderr: a level, or levels by module, like info,city=debug.
    #[arg(long, env = "RUST_LOG", default_value = "warn", global = true)]
    log: String,
    /// How it is written; text on a terminal and JSON elsewhere unless said.
    #[arg(long, env = "LOG_FORMAT", value_enum, global = true)]
    log_format: Option<LogFormat>,
    /// Where traces are sent, like http://collector:4318 (OTLP over HTTP); without it there are
    /// none.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", global = true)]
    otlp_endpoint: Option<String>,
}

impl Settings {
    fn telemetry(&self) -> telemetry::Settings {
        telemetry::Settings {
            log: self.log.clone(),
            log_format: self.log_format,
            otlp_endpoint: self.otlp_endpoint.clone(),
            ..telemetry::Settings::default()
        }
    }
}

/// What the city starts of itself.
#[derive(Debug, Subcommand)]
enum Part {
    /// A process of workers; ends when its standard input does.
    #[command(hide = true)]
    Workers(Work),
}

#[derive(Args)]
struct Work {
    #[command(flatten)]
    config: workers::Config,
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Work")
    }
}

const EXAMPLES: &str = "\
Examples:
  city                      a lively evening at six times the speed of life
  city --speed 20           the same in a hurry
  city --people 0           an empty neighbourhood: order, cook and ride by hand
  city --data ./evening     goes on where it was left
  city --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0
                            beside another one";

#[tokio::main]
async fn main() -> ExitCode {
    match run(Settings::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("city: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(mut settings: Settings) -> anyhow::Result<()> {
    let name = if settings.part.is_some() { "workers" } else { "hub" };
    let telemetry = telemetry::start(name, &settings.telemetry(), Output::Stderr)?;
    let done = match settings.part.take() {
        Some(Part::Workers(work)) => staff::work(work.config).await,
        None => open(settings).await,
    };
    telemetry.stop().await;
    done
}

async fn open(settings: Settings) -> anyhow::Result<()> {
    let metrics = telemetry::measure()?;
    let mut interrupted = signal(SignalKind::interrupt()).context("listening for signals")?;
    let mut terminated = signal(SignalKind::terminate()).context("listening for signals")?;
    let mut asked_to_stop = async || {
        tokio::select! {
            _ = interrupted.recv() => (),
            _ = terminated.recv() => (),
        }
    };
    let mut world = tokio::select! {
        world = World::start(&settings, metrics) => world?,
        // What has been started is stopped by being dropped.
        () = asked_to_stop() => return Ok(()),
    };
    announce(&world, &settings)?;
    tokio::select! {
        () = asked_to_stop() => (),
        ended = world.keep_up() => ended?,
    }
    tokio::select! {
        () = world.stop() => (),
        // Whoever asks twice does not want to wait.
        () = asked_to_stop() => (),
    }
    Ok(())
}

/// Says where to look, and at what.
fn announce(world: &World, settings: &Settings) -> anyhow::Result<()> {
    let (url, speed) = (world.url(), settings.speed);
    let people = match settings.people {
        Some(0) => "nobody is simulated: order, cook and ride by hand, in three of its panes",
        _ => "customer, store, rider and operator, live side by side; take any of them over",
    };
    let mut out = stdout().lock();
    writeln!(out, "데모 동네 is open: {url}  ({people}; speed {speed}x, Ctrl-C ends it)")?;
    out.flush().context("printing the address")
}

fn speed(text: &str) -> Result<u32, String> {
    let speed = text.parse().map_err(|_| "the speed is 1, 6 or 20".to_owned())?;
    match city::tempo::SPEEDS.contains(&speed) {
        true => Ok(speed),
        false => Err("the speed is 1, 6 or 20".to_owned()),
    }
}
