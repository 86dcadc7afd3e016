//! The workers as a program: arguments, logs and signals, nothing else.

use anyhow::Context;
use clap::{Parser, Subcommand};
use telemetry::Output;
use tokio::signal::unix::{SignalKind, signal};
use workers::{Config, Rebuilt};

/// Pays what orders are owed: charges, refunds, deadlines, and what people are told.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    config: Config,
    #[command(flatten)]
    telemetry: telemetry::Settings,
    #[command(subcommand)]
    errand: Option<Errand>,
}

/// Something to do once, instead of working.
#[derive(Subcommand)]
enum Errand {
    /// Makes the customers' statuses and alerts anew from the logs, while everybody works.
    Rebuild,
}

/// As in the hub: small pieces that come and go on other threads than they came on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { config, telemetry, errand } = Arguments::parse();
    let telemetry = telemetry::start("workers", &telemetry, Output::Stdout)?;
    let done = match errand {
        Some(Errand::Rebuild) => rebuild(&config).await,
        None => work(config).await,
    };
    telemetry.stop().await;
    done
}

async fn work(mut config: Config) -> anyhow::Result<()> {
    config.metrics = Some(telemetry::measure()?);
    let mut terminate = signal(SignalKind::terminate()).context("listening to signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening to signals")?;
    let asked_to_stop = async move {
        tokio::select! {
            _ = terminate.recv() => (),
            _ = interrupt.recv() => (),
        }
    };
    tokio::pin!(asked_to_stop);

    let mut running = tokio::select! {
        running = workers::start(config) => running?,
        () = &mut asked_to_stop => return Ok(()),
    };
    tokio::select! {
        error = running.failed() => return Err(error),
        () = asked_to_stop => (),
    }
    tracing::info!("finishing what is in hand");
    running.stop().await;
    Ok(())
}

async fn rebuild(config: &Config) -> anyhow::Result<()> {
    let show = |Rebuilt { orders, customers, done }| {
        eprintln!("read {orders} orders, rebuilt {done} of {customers} customers");
    };
    workers::rebuild(config, show).await?;
    Ok(())
}
