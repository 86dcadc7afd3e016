//! The way in: haproxy, told of the hubs as a load balancer of the cloud is. It asks each whether it
//! is ready, prefers those with the fewest connections, and does not know that a hub is about to
//! leave before somebody says so.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::pod::{Slot, free_address};
use crate::times::Times;

/// How long haproxy may take to start, and to answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Between those who besiege and those who have sockets, nobody is turned away.
const CONNECTIONS_MAX: usize = 8_000;

/// A haproxy in front of all slots.
pub(crate) struct Ingress {
    /// Where a request is sent to one hub, and what comes of it is the answer, as with an ALB.
    pub(crate) once: SocketAddr,
    /// Where a request that reads, and that a hub took with it, is sent to another one.
    pub(crate) again: SocketAddr,
    slots: usize,
    admin: PathBuf,
    _process: Child,
    _dir: TempDir,
}

/// Whether a slot is sent anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// While it says that it is ready.
    Ready,
    /// Nobody new; those who are there stay.
    Drain,
    /// Nobody, and it is not even asked.
    Maint,
}

impl Ingress {
    /// Starts haproxy, which sends nobody anywhere yet.
    pub(crate) async fn start(slots: &[Slot], times: Times) -> anyhow::Result<Ingress> {
        let dir = TempDir::with_prefix("siege-")?;
        let (once, again) = (free_address()?, free_address()?);
        let (file, admin) = (dir.path().join("haproxy.cfg"), dir.path().join("admin"));
        let admin_path = admin.display().to_string();
        std::fs::write(&file, config(slots, times, once, again, &admin_path))?;
        let process = Command::new("haproxy")
            // In the foreground, and quiet: a hub that leaves is no news. Debian keeps it where only
            // root looks.
            .env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()))
            .args(["-db", "-q", "-f"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("starting haproxy (make tools)")?;
        let started = Instant::now();
        while TcpStream::connect(again).await.is_err() {
            ensure!(started.elapsed() < ANSWER_MAX, "haproxy does not start");
            sleep(LOOK_EVERY).await;
        }
        Ok(Ingress { once, again, slots: slots.len(), admin, _process: process, _dir: dir })
    }

    /// Tells it of a slot.
    pub(crate) async fn set(&self, slot: Slot, state: State) -> anyhow::Result<()> {
        ensure!(slot.number < self.slots, "there is no such slot");
        let state = match state {
            State::Ready => "ready",
            State::Drain => "drain",
            State::Maint => "maint",
        };
        for backend in ["once", "again"] {
            let order = format!("set server {backend}/hub{} state {state}\n", slot.number);
            let answer =
                timeout(ANSWER_MAX, self.ask(&order)).await.context("telling haproxy")??;
            ensure!(answer.trim().is_empty(), "haproxy: {answer}");
        }
        Ok(())
    }

    async fn ask(&self, order: &str) -> anyhow::Result<String> {
        let mut stream = UnixStream::connect(&self.admin).await?;
        stream.write_all(order.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }
}

fn config(
    slots: &[Slot],
    times: Times,
    once: SocketAddr,
    again: SocketAddr,
    admin: &str,
) -> String {
    let mut text = format!(
        "global
  maxconn {CONNECTIONS_MAX}
  stats socket {admin} mode 600 level admin
defaults
  mode http
  timeout connect 2s
  timeout http-request 10s
  timeout http-keep-alive 120s
  timeout client 120s
  timeout server 120s
  timeout tunnel 120s
  balance leastconn
  option httpchk GET /readyz
  http-check expect status 200
frontend once
  bind {once}
  default_backend once
frontend again
  bind {again}
  default_backend again
"
    );
    // Whatever may have had an effect is nobody's to repeat but the client's, who has a key for it.
    let repeats = [
        ("once", "  retries 0\n"),
        (
            "again",
            "  retries 3\n  option redispatch 1\n  http-request disable-l7-retry if !METH_GET\n  \
             retry-on conn-failure empty-response junk-response\n",
        ),
    ];
    for (backend, retries) in repeats {
        text += &format!("backend {backend}\n{retries}");
        for Slot { number, listen, admin_listen } in slots {
            let every = times.checked_every.as_millis();
            let (ip, port) = (admin_listen.ip(), admin_listen.port());
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "  server hub{number} {listen} check addr {ip} port {port} inter {every}ms \
                 fall 2 rise 2 disabled"
            );
        }
    }
    text
}
