//! The log: for people on a terminal, as JSON elsewhere.

use std::io::{IsTerminal, stderr, stdout};

use anyhow::Context;
use clap::ValueEnum;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::Settings;
use crate::trace::Traces;

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// Where a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// To the standard output.
    Stdout,
    /// To the standard error, where the output is for something else.
    Stderr,
}

pub(crate) fn start(
    settings: &Settings,
    output: Output,
    traces: Option<&Traces>,
) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log).context("reading the log filter")?;
    let (writer, is_terminal) = match output {
        Output::Stdout => (BoxMakeWriter::new(stdout), stdout().is_terminal()),
        Output::Stderr => (BoxMakeWriter::new(stderr), stderr().is_terminal()),
    };
    let usual = if is_terminal { LogFormat::Text } else { LogFormat::Json };
    let lines = fmt::layer().with_writer(writer);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match settings.log_format.unwrap_or(usual) {
        LogFormat::Text => lines.with_ansi(is_terminal).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    match traces {
        // Spans are for the traces even where the log leaves them out.
        Some(traces) => {
            let layers = vec![lines.with_filter(filter).boxed(), traces.layer()];
            tracing_subscriber::registry().with(layers).try_init()
        }
        None => tracing_subscriber::registry().with(lines).with(filter).try_init(),
    }
    .context("starting the log")
}
