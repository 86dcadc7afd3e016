//! The workers as a program: arguments, logs and signals, nothing else.

use anyhow::Context;
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use workers::{Config, Rebuilt, telemetry};

/// Pays what orders are owed: charges, refunds, deadlines, and what people are told.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// What is logged, as `level` or `target=level`, separated by commas.
    #[arg(long, env = "RUST_LOG", default_value = "info")]
    log: String,
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    errand: Option<Errand>,
}

/// Something to do once, instead of working.
#[derive(Subcommand)]
enum Errand {
    /// Makes the customers' statuses and alerts anew from the logs, while everybody works.
    Rebuild,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { log, mut config, errand } = Arguments::parse();
    telemetry::log(&log)?;
    if let Some(Errand::Rebuild) = errand {
        return rebuild(&config).await;
    }
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
