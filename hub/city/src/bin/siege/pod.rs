//! One hub as a cluster runs it: ready before anybody is sent to it, and given time to leave.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::times::Times;

const SECRET: &str = "a secret that only this siege knows of";
/// How long a hub may take to be ready.
const READY_MAX: Duration = Duration::from_secs(60);
/// Between two looks whether it is.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// No time runs out for any order: what happens here, happens by our hands.
const PATIENCE: [&str; 5] = [
    "--accept-seconds=7200",
    "--store-reach-seconds=7200",
    "--ring-step-seconds=7200",
    "--no-rider-alert-seconds=7200",
    "--no-rider-cancel-seconds=7201",
];

/// Where a hub may be; the proxy knows all of these from the start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) number: usize,
    pub(crate) listen: SocketAddr,
    pub(crate) admin_listen: SocketAddr,
}

impl Slot {
    /// A slot at two free ports.
    pub(crate) fn free(number: usize) -> anyhow::Result<Slot> {
        Ok(Slot { number, listen: free_address()?, admin_listen: free_address()? })
    }
}

/// A hub at work.
pub(crate) struct Pod {
    pub(crate) slot: Slot,
    process: Child,
}

impl Pod {
    /// Starts a hub, and waits until it is ready.
    pub(crate) async fn start(slot: Slot, redis_url: &str, times: Times) -> anyhow::Result<Pod> {
        let seconds = |time: Duration| time.as_secs_f64().to_string();
        let process = Command::new(program("hub")?)
            .args(["--listen", &slot.listen.to_string()])
            .args(["--admin-listen", &slot.admin_listen.to_string()])
            .args(["--redis-url", redis_url, "--dev-tokens", "--log", "warn"])
            .args(["--drain-seconds", &seconds(times.drain)])
            .args(["--connection-age-seconds", &seconds(times.connection_age)])
            .args(PATIENCE)
            .env("TOKEN_SECRET", SECRET)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("starting a hub")?;
        let mut pod = Pod { slot, process };
        pod.is_ready().await?;
        Ok(pod)
    }

    async fn is_ready(&mut self) -> anyhow::Result<()> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let url = format!("http://{}/readyz", self.slot.admin_listen);
        let started = Instant::now();
        loop {
            let answer = http.get(&url).send().await;
            if answer.is_ok_and(|it| it.status().is_success()) {
                return Ok(());
            }
            ensure!(self.process.try_wait()?.is_none(), "a hub ended before it was ready");
            ensure!(started.elapsed() < READY_MAX, "a hub is not ready after {READY_MAX:?}");
            sleep(LOOK_EVERY).await;
        }
    }

    /// Asks it to leave, and waits until it has, as long as the kubelet would.
    ///
    /// # Errors
    /// If it has to be killed, or does not end well.
    pub(crate) async fn leave(mut self, times: Times) -> anyhow::Result<Slot> {
        let id = self.process.id().context("a hub ended by itself")?.to_string();
        Command::new("kill").args(["-TERM", &id]).status().await.context("asking it to leave")?;
        let left = timeout(times.grace - times.pre_stop, self.process.wait()).await;
        let status = left.context("a hub did not leave within its grace")??;
        ensure!(status.success(), "a hub that left ended with {status}");
        Ok(self.slot)
    }

    /// Ends it between two instructions.
    pub(crate) async fn kill(mut self) -> anyhow::Result<Slot> {
        self.process.kill().await.context("killing a hub")?;
        Ok(self.slot)
    }
}

/// Starts a process of workers with every role.
pub(crate) fn hire(redis_url: &str) -> anyhow::Result<Child> {
    Command::new(program("workers")?)
        .args(["--redis-url", redis_url, "--log", "warn"])
        .args(["--admin-listen", &free_address()?.to_string()])
        .args(PATIENCE)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("starting workers")
}

/// The programs were built into the same folder.
fn program(name: &str) -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name(name);
    ensure!(
        program.exists(),
        "there is no {}: build it first (cargo build --release --package hub --package workers)",
        program.display()
    );
    Ok(program)
}

pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
