//! One of our programs as a process: it can be killed, held, and asked to stop.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a program may take to start, or to stop in good order, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// How a program is started, as often as need be.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    /// `hub` or `workers`.
    pub(crate) program: &'static str,
    /// Its name in the plan, like `hub 1`.
    pub(crate) name: String,
    pub(crate) settings: HashMap<&'static str, String>,
    /// Where its logs go.
    pub(crate) log: PathBuf,
}

/// A program at work. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Where it listens to apps, if it does.
    pub(crate) address: Option<SocketAddr>,
}

impl Process {
    /// Starts the program, with some settings on top, and waits until it says that it has.
    pub(crate) async fn start(
        recipe: &Recipe,
        more: &[(&'static str, String)],
    ) -> anyhow::Result<Process> {
        let mut child = Command::new(program(recipe.program)?)
            .env_clear()
            .envs(&recipe.settings)
            .envs(more.iter().map(|(name, value)| (*name, value.as_str())))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::OpenOptions::new().create(true).append(true).open(&recipe.log)?)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", recipe.name))?;
        let output = child.stdout.take().context("a pipe")?;
        let (started, has_started) = oneshot::channel();
        tokio::spawn(keep_log(output, recipe.log.clone(), started));
        let started = timeout(PATIENCE, has_started).await;
        let started = started.ok().and_then(Result::ok);
        let started = started.with_context(|| format!("{} does not start", recipe.name))?;
        let address = started["address"].as_str().and_then(|it| it.parse().ok());
        Ok(Process { child, address })
    }

    /// As the system knows it; nothing once it has ended.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends it without a word.
    pub(crate) async fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill().await;
    }

    /// Waits until it ends by itself; whether it did in time.
    pub(crate) async fn ends(&mut self, within: Duration) -> bool {
        timeout(within, self.child.wait()).await.is_ok()
    }

    /// Asks it to stop, as a cluster does, and waits until it has.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        if let Some(id) = self.id() {
            signal(id, "TERM").await?;
        }
        let ended = timeout(PATIENCE, self.child.wait()).await.context("it does not stop")??;
        ensure!(ended.success(), "it ended with {ended}");
        Ok(())
    }

    /// Holds it, or lets it go on.
    pub(crate) async fn hold(&self, is_held: bool) -> anyhow::Result<()> {
        match self.id() {
            Some(id) => signal(id, if is_held { "STOP" } else { "CONT" }).await,
            None => Ok(()),
        }
    }
}

/// Sends a signal to a process of ours.
pub(crate) async fn signal(id: u32, name: &str) -> anyhow::Result<()> {
    let sent = Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status().await;
    sent.context("there is a kill").map(drop)
}

/// The programs were built into the same folder.
fn program(name: &str) -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name(name);
    ensure!(program.exists(), "there is no {}: `make chaos` builds it", program.display());
    Ok(program)
}

/// Copies what a program says to a file, and passes on where it says that it has started.
async fn keep_log(output: ChildStdout, path: PathBuf, started: oneshot::Sender<Value>) {
    let mut started = Some(started);
    let Ok(mut file) = open(&path).await else { return };
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(mut line)) = lines.next_line().await {
        if line.contains(" started\"")
            && let Ok(entry) = serde_json::from_str(&line)
            && let Some(started) = started.take()
        {
            // Whoever waited may have given up.
            let _ = started.send(entry);
        }
        line.push('\n');
        if file.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn open(path: &Path) -> std::io::Result<tokio::fs::File> {
    tokio::fs::OpenOptions::new().create(true).append(true).open(path).await
}
