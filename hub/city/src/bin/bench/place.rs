//! Where it is measured: a Redis, a hub beside it, and a town for people to be in.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use rand::RngExt;
use rand::rngs::SmallRng;
use reqwest::StatusCode;
use serde_json::{Value, json};
use streams::{PrivateRedis, Streams};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::processes;

pub(crate) const PARTITIONS: u16 = 8;
const SECRET: &str = "a secret that only this bench knows of";
/// How long a hub may take to be ready, with a hundred thousand jobs to read.
const READY_MAX: Duration = Duration::from_secs(120);
/// How many ask the hub for something at once while the town is furnished.
const AT_ONCE: usize = 32;

/// South-west corner and side of the town, which is 15 km wide.
const SOUTH_WEST: (f64, f64) = (37.4860, 126.8260);
const SIDE_DEGREES: (f64, f64) = (0.1350, 0.1700);

/// A point of the town.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    pub(crate) lat: f64,
    pub(crate) lng: f64,
}

impl Spot {
    /// Anywhere in town.
    pub(crate) fn anywhere(dice: &mut SmallRng) -> Spot {
        let (lat, lng) = SOUTH_WEST;
        Spot {
            lat: lat + SIDE_DEGREES.0 * dice.random::<f64>(),
            lng: lng + SIDE_DEGREES.1 * dice.random::<f64>(),
        }
    }

    /// Some hundred meters from here.
    pub(crate) fn nearby(self, dice: &mut SmallRng) -> Spot {
        let step = |dice: &mut SmallRng| 0.01 * (dice.random::<f64>() - 0.5);
        Spot { lat: self.lat + step(dice), lng: self.lng + step(dice) }
    }
}

/// A Redis with nothing in it, and perhaps a hub.
pub(crate) struct Place {
    // They end first, or they would complain that Redis is gone.
    hubs: Vec<Hub>,
    workers: Option<Child>,
    pub(crate) redis: PrivateRedis,
    pub(crate) streams: Streams,
    http: reqwest::Client,
    partitions: u16,
}

struct Hub {
    process: Child,
    listen: SocketAddr,
}

/// A Redis with nothing in it, the same for everybody who is measured. It writes all that it is told
/// to its file, and does not write that file anew meanwhile: where it lives for long, another core
/// does that, and here it would stop those who are measured for as long as a third of a second.
pub(crate) async fn start_redis() -> anyhow::Result<PrivateRedis> {
    let redis = PrivateRedis::start(None).await.context("starting a redis-server")?;
    let mut connection =
        redis::Client::open(redis.url())?.get_multiplexed_async_connection().await?;
    redis::cmd("CONFIG")
        .arg(&["SET", "auto-aof-rewrite-percentage", "0"])
        .exec_async(&mut connection)
        .await?;
    Ok(redis)
}

impl Place {
    pub(crate) async fn begin() -> anyhow::Result<Place> {
        Place::begin_with(PARTITIONS).await
    }

    /// With so many feeds.
    pub(crate) async fn begin_with(partitions: u16) -> anyhow::Result<Place> {
        let redis = start_redis().await?;
        let streams = Streams::open(redis.url(), partitions).await?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Place { redis, streams, http, partitions, hubs: vec![], workers: None })
    }

    /// Starts a hub, and waits until it is ready. Returns how long that took.
    pub(crate) async fn open_hub(&mut self) -> anyhow::Result<Duration> {
        let started = Instant::now();
        let (listen, admin_listen) = (free_address()?, free_address()?);
        let process = Command::new(program("hub")?)
            .args(["--listen", &listen.to_string(), "--admin-listen", &admin_listen.to_string()])
            .args(["--redis-url", self.redis.url(), "--partitions", &self.partitions.to_string()])
            .args(["--dev-tokens", "--log", "warn", "--connections-max", "19000"])
            .env("TOKEN_SECRET", SECRET)
            // As behind an ingress: all of thousands come from one address.
            .env("TRUSTED_PROXIES", "127.0.0.0/8")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("starting the hub")?;
        self.hubs.push(Hub { process, listen });
        let ready = format!("http://{admin_listen}/readyz");
        loop {
            let answer = self.http.get(&ready).send().await;
            if answer.is_ok_and(|it| it.status() == StatusCode::OK) {
                return Ok(started.elapsed());
            }
            ensure!(started.elapsed() < READY_MAX, "the hub is not ready after {READY_MAX:?}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends the hub that came last.
    pub(crate) async fn close_hub(&mut self) -> anyhow::Result<()> {
        match self.hubs.pop() {
            Some(mut hub) => hub.process.kill().await.context("ending the hub"),
            None => Ok(()),
        }
    }

    /// Starts a process of workers with every role.
    pub(crate) fn hire_workers(&mut self) -> anyhow::Result<()> {
        let workers = Command::new(program("workers")?)
            .args(["--redis-url", self.redis.url(), "--partitions", &self.partitions.to_string()])
            .args(["--admin-listen", &free_address()?.to_string(), "--log", "error"])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("starting workers")?;
        self.workers = Some(workers);
        Ok(())
    }

    /// Where the hub listens that came first.
    pub(crate) fn hub(&self) -> SocketAddr {
        self.hubs.first().map_or((Ipv4Addr::LOCALHOST, 0).into(), |hub| hub.listen)
    }

    /// Where the one listens that came last.
    pub(crate) fn last_hub(&self) -> SocketAddr {
        self.hubs.last().map_or((Ipv4Addr::LOCALHOST, 0).into(), |hub| hub.listen)
    }

    /// The hub that came first, to the kernel.
    pub(crate) fn hub_process(&self) -> anyhow::Result<u32> {
        self.hubs.first().and_then(|hub| hub.process.id()).context("the hub ended")
    }

    /// The processor time that all hubs have used, in seconds.
    pub(crate) fn hub_seconds(&self) -> anyhow::Result<f64> {
        let ids: Option<Vec<u32>> = self.hubs.iter().map(|hub| hub.process.id()).collect();
        processes::seconds(&ids.context("a hub ended")?)
    }

    /// Tokens of riders, or of whoever has this role.
    pub(crate) async fn tokens(&self, role: &str, ids: &[String]) -> anyhow::Result<Vec<String>> {
        let grant = async |id: &String| {
            let wish = json!({"role": role, "sub": id, "storeId": id});
            let url = format!("http://{}/dev/tokens", self.hub());
            let granted: Value = self.http.post(url).json(&wish).send().await?.json().await?;
            Ok(granted["token"].as_str().context("a token")?.to_owned())
        };
        stream::iter(ids).map(grant).buffered(AT_ONCE).try_collect().await
    }

    /// Everybody sends the same command.
    pub(crate) async fn all_put(
        &self,
        tokens: &[String],
        path: &str,
        body: &Value,
    ) -> anyhow::Result<()> {
        let put = async |token: &String| self.put(token, path, body).await.map(drop);
        stream::iter(tokens).map(put).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Sends a command. What is not done is an error.
    pub(crate) async fn put(&self, token: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let url = format!("http://{}{path}", self.hub());
        let answer = self.http.put(url).bearer_auth(token).json(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path} was answered {status}: {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// Asks for something.
    pub(crate) async fn get(&self, token: &str, path: &str) -> anyhow::Result<Value> {
        let url = format!("http://{}{path}", self.hub());
        let answer = self.http.get(url).bearer_auth(token).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path} was answered {status}: {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// What redis-benchmark gets out of the same Redis with fifty clients.
    pub(crate) async fn redis_benchmark(
        &self,
        pipelined: usize,
        count: usize,
        command: &[&str],
    ) -> anyhow::Result<Raw> {
        self.redis_benchmark_of(50, pipelined, count, command).await
    }

    /// What redis-benchmark gets out of the same Redis.
    pub(crate) async fn redis_benchmark_of(
        &self,
        clients: usize,
        pipelined: usize,
        count: usize,
        command: &[&str],
    ) -> anyhow::Result<Raw> {
        let words: Vec<_> = command.iter().map(OsString::from).collect();
        self.redis_benchmark_with(clients, pipelined, count, &words).await
    }

    /// The same, of a command that need not be text.
    pub(crate) async fn redis_benchmark_with(
        &self,
        clients: usize,
        pipelined: usize,
        count: usize,
        command: &[OsString],
    ) -> anyhow::Result<Raw> {
        let output = Command::new("redis-benchmark")
            .args(["-p", &self.redis_port(), "-P", &pipelined.to_string()])
            .args(["-c", &clients.to_string(), "-n", &count.to_string(), "-r", "100000", "--csv"])
            .args(command)
            .output()
            .await
            .context("starting redis-benchmark, which comes with redis-server")?;
        // "name","rps","avg","min","p50","p95","p99","max", latencies in milliseconds.
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().last().context("redis-benchmark said nothing")?;
        let fields: Vec<_> = line.trim_matches('"').rsplit("\",\"").collect();
        let field = |index: usize| fields.get(index).and_then(|it| it.parse().ok());
        let figures = field(6).zip(field(3));
        let (per_second, p50_millis) = figures.context("reading redis-benchmark's figures")?;
        Ok(Raw { per_second, p50_millis })
    }

    /// A `redis-cli` of the same Redis.
    pub(crate) fn redis_cli_command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("redis-cli");
        command.args(["-p", &self.redis_port()]).args(words).kill_on_drop(true);
        command
    }

    /// Has Redis obey these lines.
    pub(crate) async fn redis_cli(&self, lines: &str) -> anyhow::Result<String> {
        processes::hear_out(&mut self.redis_cli_command(&[]), lines).await
    }

    /// The processor time that Redis has used, in seconds.
    pub(crate) async fn redis_seconds(&self) -> anyhow::Result<f64> {
        let info = self.redis_cli("INFO cpu\n").await?;
        let field = |name: &str| {
            let line = info.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim_start_matches(':').trim().parse::<f64>().ok()
        };
        let times = field("used_cpu_user").zip(field("used_cpu_sys"));
        times.map(|(user, system)| user + system).context("reading INFO cpu")
    }

    /// How many commands Redis has obeyed so far.
    pub(crate) async fn redis_commands(&self) -> anyhow::Result<f64> {
        let info = self.redis_cli("INFO stats\n").await?;
        let line = info.lines().find_map(|it| it.strip_prefix("total_commands_processed:"));
        line.and_then(|it| it.trim().parse().ok()).context("reading INFO stats")
    }

    fn redis_port(&self) -> String {
        let digits = self.redis.url().trim_end_matches(|it: char| !it.is_ascii_digit());
        digits.rsplit(':').next().unwrap_or_default().to_owned()
    }
}

/// What a plain Redis does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw {
    pub(crate) per_second: f64,
    pub(crate) p50_millis: f64,
}

/// The programs were built into the same folder.
pub(crate) fn program(name: &str) -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name(name);
    ensure!(
        program.exists(),
        "there is no {}: build it first (cargo build --release --package hub --package workers)",
        program.display()
    );
    Ok(program)
}

/// Where nobody listens.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
