//! Hubs as the programs that they are: they can be asked to stop, killed, and weighed.

use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::scene::{PARTITIONS, SECRET};
use crate::world::{PATIENCE, http, soon, until_ready};

/// A hub at work. Killed when dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    log: Arc<Mutex<Vec<Value>>>,
}

impl Process {
    /// Starts the program on a Redis, with some settings of its own, and waits until it is ready.
    pub(crate) async fn start(redis_url: &str, settings: &[(&str, &str)]) -> Process {
        Process::run(Command::new(env!("CARGO_BIN_EXE_hub")), redis_url, settings).await
    }

    /// The same on a system that lets a process open so few files, unless it asks for more.
    pub(crate) async fn start_among(files: u32, redis_url: &str) -> Process {
        let mut shell = Command::new("/bin/sh");
        let limited = format!("ulimit -S -n {files}; exec {}", env!("CARGO_BIN_EXE_hub"));
        shell.args(["-c", &limited]);
        Process::run(shell, redis_url, &[]).await
    }

    async fn run(mut command: Command, redis_url: &str, settings: &[(&str, &str)]) -> Process {
        let mut child = command
            .env_clear()
            .envs([("REDIS_URL", redis_url), ("TOKEN_SECRET", SECRET)])
            .envs([("HUB_LISTEN", "127.0.0.1:0"), ("HUB_ADMIN_LISTEN", "127.0.0.1:0")])
            .env("PARTITIONS", PARTITIONS.to_string())
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the hub was built with this test");
        let output = child.stdout.take().expect("it was asked for");
        let mut lines = BufReader::new(output).lines();
        let started = async {
            loop {
                let line = lines.next_line().await.expect("it is text").expect("it starts");
                let entry: Value = serde_json::from_str(&line).expect("logs are JSON");
                if entry["message"] == "hub started" {
                    return entry;
                }
            }
        };
        let started = soon("the hub says that it has started", started).await;
        // Nobody could write to a pipe that is not read.
        let log = Arc::<Mutex<Vec<Value>>>::default();
        let read = log.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let line = serde_json::from_str(&line).expect("logs are JSON");
                read.lock().expect("nobody panics").push(line);
            }
        });
        let address = |name: &str| {
            let text = started[name].as_str().expect("it says where it listens");
            text.parse().expect("an address")
        };
        let (address, admin) = (address("address"), address("admin_address"));
        let process = Process { child, address, admin, log };
        until_ready(admin).await;
        process
    }

    /// As the system knows it.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("it has not ended")
    }

    /// What it has logged since it started.
    pub(crate) fn log(&self) -> Vec<Value> {
        self.log.lock().expect("nobody panics").clone()
    }

    /// Its numbers, as Prometheus reads them.
    pub(crate) async fn metrics(&self) -> String {
        let metrics = http().get(format!("http://{}/metrics", self.admin)).send().await;
        metrics.expect("it answers").text().await.expect("it is text")
    }

    /// The number that it shows under `name`, labels included; nothing if it shows none.
    pub(crate) async fn measured(&self, name: &str) -> Option<f64> {
        let metrics = self.metrics().await;
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.map(|value| value.parse().expect("a number"))
    }

    /// The same, of something that is counted; 0 if it shows none.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        self.measured(name).await.unwrap_or_default() as u64
    }

    /// Waits until the number under `name` is as wanted.
    pub(crate) async fn until(&self, name: &str, is_it: impl Fn(u64) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut value = self.metric(name).await;
        while !is_it(value) {
            assert!(Instant::now() < deadline, "{name} stays {value}");
            sleep(Duration::from_millis(50)).await;
            value = self.metric(name).await;
        }
    }

    /// The memory that it has, in bytes.
    pub(crate) fn resident_bytes(&self) -> u64 {
        let id = self.id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.expect("memory is counted").trim().trim_end_matches(" kB");
        kib.parse::<u64>().expect("a number") * 1_024
    }

    /// Asks it to stop, as the cluster does.
    pub(crate) async fn asks_to_stop(&self) {
        let id = self.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().await;
        assert!(asked.expect("there is a kill").success());
    }

    /// Stops it where it is, as if its machine had no time for it, or lets it go on.
    pub(crate) async fn freezes(&self, is_frozen: bool) {
        let signal = if is_frozen { "-STOP" } else { "-CONT" };
        let asked = Command::new("kill").args([signal, &self.id().to_string()]).status().await;
        assert!(asked.expect("there is kill").success());
    }

    /// Waits until it has ended.
    pub(crate) async fn ends(&mut self) -> ExitStatus {
        soon("the hub ends", self.child.wait()).await.expect("it was ours to wait for")
    }

    /// Ends it without a word.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("it was ours to kill");
    }
}
