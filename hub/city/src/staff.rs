//! Workers as processes of their own, as they run in a cluster: one can be killed in the middle of
//! anything, and another takes its place.

use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Before a dead worker is replaced: one that cannot even start should not keep us busy.
const REPLACED_AFTER: Duration = Duration::from_millis(500);
/// How long a worker may take to finish what is in hand.
const FINISHED_WITHIN: Duration = Duration::from_secs(10);

/// Some processes of workers. Dropping it ends them.
#[derive(Debug)]
pub(crate) struct Staff {
    places: JoinSet<()>,
    stopping: CancellationToken,
}

impl Staff {
    /// Starts `count` processes with these arguments, each again whenever it ends.
    pub(crate) fn start(count: usize, arguments: &[String]) -> Staff {
        let stopping = CancellationToken::new();
        let mut places = JoinSet::new();
        for _ in 0..count {
            places.spawn(keep_filled(arguments.to_vec(), stopping.clone()));
        }
        Staff { places, stopping }
    }

    /// Lets everybody finish what is in hand.
    pub(crate) async fn stop(mut self) {
        self.stopping.cancel();
        while self.places.join_next().await.is_some() {}
    }
}

async fn keep_filled(arguments: Vec<String>, stopping: CancellationToken) {
    loop {
        match hire(&arguments) {
            Ok(mut worker) => {
                // Ours to close: waiting for a process would, and that is how it is dismissed.
                let pipe = worker.stdin.take();
                tokio::select! {
                    status = worker.wait() => warn!(?status, "a worker died, another takes over"),
                    () = stopping.cancelled() => return dismiss(worker, pipe).await,
                }
            }
            Err(error) => warn!(%error, "starting a worker"),
        }
        tokio::select! {
            () = sleep(REPLACED_AFTER) => (),
            () = stopping.cancelled() => return,
        }
    }
}

fn hire(arguments: &[String]) -> anyhow::Result<Child> {
    let program = std::env::current_exe().context("finding our own program")?;
    Command::new(program)
        .arg("workers")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        // Ctrl-C in a terminal is for us; we end the workers when everybody has gone home.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .context("starting our own program")
}

async fn dismiss(mut worker: Child, pipe: Option<ChildStdin>) {
    drop(pipe);
    if timeout(FINISHED_WITHIN, worker.wait()).await.is_err() {
        warn!("a worker did not end and is killed");
    }
}

/// The life of such a process: works until its employer closes the pipe or is gone, however that
/// came about.
pub(crate) async fn work(mut config: workers::Config) -> anyhow::Result<()> {
    // Several on one machine would want the same port.
    config.admin_listen = None;
    let mut running = workers::start(config).await?;
    tokio::select! {
        error = running.failed() => return Err(error),
        () = employer_is_gone() => (),
    }
    running.stop().await;
    Ok(())
}

async fn employer_is_gone() {
    let (tell, told) = oneshot::channel();
    // A thread of its own: the runtime would wait for a blocking read before it ends.
    std::thread::spawn(move || {
        while std::io::stdin().read(&mut [0; 64]).is_ok_and(|bytes| bytes > 0) {}
        tell.send(())
    });
    // An error is the end of the thread, which is the same news.
    let _ = told.await;
}
