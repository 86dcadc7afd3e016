//! The program `hub`.

use std::process::ExitCode;

use anyhow::Context;
use axum::Router;
use clap::Parser;
use hub::{Config, Server};
use telemetry::Output;
use tokio::signal::unix::{SignalKind, signal};

/// What a socket costs is mostly small pieces that come and go on other threads than they came on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Config::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hub: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(mut config: Config) -> anyhow::Result<()> {
    let telemetry = telemetry::start("hub", &config.telemetry, Output::Stdout)?;
    config.metrics = Some(telemetry::measure()?);
    let served = serve(config).await;
    telemetry.stop().await;
    served
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let mut terminated = signal(SignalKind::terminate()).context("listening for signals")?;
    let mut interrupted = signal(SignalKind::interrupt()).context("listening for signals")?;
    let mut asked_to_stop = async || {
        tokio::select! {
            _ = terminated.recv() => (),
            _ = interrupted.recv() => (),
        }
    };
    let server = tokio::select! {
        server = Server::start(config, Router::new()) => server?,
        () = asked_to_stop() => return Ok(()),
    };
    asked_to_stop().await;
    tokio::select! {
        () = server.stop() => (),
        // Whoever asks twice does not want to wait.
        () = asked_to_stop() => (),
    }
    Ok(())
}
