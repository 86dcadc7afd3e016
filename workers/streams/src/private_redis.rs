//! A redis-server of one's own, for tests and the demo. Nobody has to start or clean up anything.

use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use redis::{AsyncConnectionConfig, Cmd, FromRedisValue, RedisResult};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

/// How long a server may take to answer, its data read.
const READY_MAX: Duration = Duration::from_secs(20);

/// How long a server may take to end when asked to.
const STOP_MAX: Duration = Duration::from_secs(10);

/// Pause between looking whether it answers.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How often another port is tried: between finding one free and using it, somebody may take it.
const PORTS_MAX: u32 = 5;

/// Runs the server, and kills it when the pipe to us breaks: whatever way we end, even by a
/// SIGKILL, the kernel closes it. (A signal on the parent's death would come when the *thread*
/// that started the server ends.) So dropping our end is all it takes, and the shell, which is
/// left to itself, sees to it that nothing of the server remains.
const WATCHED: &str = r#"
command -v redis-server >/dev/null || exit 127
redis-server "$@" </dev/null & redis=$!
exec 3<&0
( read -r _ <&3; kill -KILL "$redis" ) 2>/dev/null & watchdog=$!
wait "$redis"; code=$?
kill "$watchdog" 2>/dev/null
exit "$code"
"#;

/// A server that ends with this process. Keeps an append-only file, synced every second.
#[derive(Debug)]
pub struct PrivateRedis {
    server: Child,
    port: u16,
    url: String,
    dir: PathBuf,
    /// Removes the directory, if it is ours.
    _temporary: Option<TempDir>,
}

impl PrivateRedis {
    /// Starts a server whose data is in `dir`, or in a directory that goes with it.
    ///
    /// # Errors
    /// If there is no redis-server on this machine, or it does not start; the message says what
    /// it said.
    pub async fn start(dir: Option<PathBuf>) -> io::Result<PrivateRedis> {
        let temporary = match dir {
            None => Some(TempDir::with_prefix("private-redis-")?),
            Some(_) => None,
        };
        let dir = match (&temporary, dir) {
            (Some(temporary), _) => temporary.path().to_owned(),
            (None, dir) => dir.unwrap_or_default(),
        };
        tokio::fs::create_dir_all(&dir).await?;
        let mut tries = 0;
        loop {
            let port = free_port()?;
            match start_on(port, &dir).await {
                Ok(server) => {
                    let url = url(port);
                    return Ok(PrivateRedis { server, port, url, dir, _temporary: temporary });
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < PORTS_MAX => {
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends the server and starts it on the same data and port: with `kill` as a crash would,
    /// otherwise as asked to.
    ///
    /// # Panics
    /// If it does not come back.
    pub async fn restart(&mut self, kill: bool) {
        self.end(kill).await;
        self.server = start_on(self.port, &self.dir).await.expect("a server started here before");
    }

    /// Ends the server.
    pub async fn stop(mut self) {
        self.end(false).await;
    }

    async fn end(&mut self, kill: bool) {
        let asked = match kill {
            true => false,
            false => shut_down(self.port).await,
        };
        if !asked || timeout(STOP_MAX, self.server.wait()).await.is_err() {
            // Breaks the pipe, at which the watchdog kills the server and the shell ends with it.
            drop(self.server.stdin.take());
            let ended = timeout(STOP_MAX, self.server.wait()).await;
            tracing::debug!(?ended, "killed redis-server");
        }
    }
}

/// Starts a server and waits until it answers.
async fn start_on(port: u16, dir: &Path) -> io::Result<Child> {
    let log = dir.join("redis.log");
    let output = std::fs::OpenOptions::new().create(true).append(true).open(&log)?;
    let mut server = Command::new("sh")
        .args(["-c", WATCHED, "redis-server", "--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "yes", "--appendfsync", "everysec", "--dir"])
        .arg(dir)
        .stdin(Stdio::piped())
        .stdout(output.try_clone()?)
        .stderr(output)
        // Ctrl-C in a terminal is for us; we end the server when we are done with it.
        .process_group(0)
        .spawn()?;
    let give_up_at = Instant::now() + READY_MAX;
    while !answers(port, dir).await {
        if let Some(status) = server.try_wait()? {
            return Err(why_it_ended(status.code(), &log));
        }
        if Instant::now() > give_up_at {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "redis-server does not answer"));
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(server)
}

fn why_it_ended(code: Option<i32>, log: &Path) -> io::Error {
    if code == Some(127) {
        let message = "redis-server not found: apt-get install redis-server";
        return io::Error::new(io::ErrorKind::NotFound, message);
    }
    let said = std::fs::read_to_string(log).unwrap_or_default();
    let kind = match said.contains("Address already in use") {
        true => io::ErrorKind::AddrInUse,
        false => io::ErrorKind::Other,
    };
    let last: Vec<&str> = said.lines().rev().take(3).collect();
    io::Error::new(kind, format!("redis-server ended with {code:?}: {}", last.join("; ")))
}

/// Whether the server answers and has read its data. Another one, that took the port just before,
/// has another directory.
async fn answers(port: u16, dir: &Path) -> bool {
    let mut command = redis::cmd("CONFIG");
    command.arg("GET").arg("dir");
    let answer: RedisResult<(String, String)> = send(port, &command).await;
    let its = answer.ok().and_then(|(_, its)| Path::new(&its).canonicalize().ok());
    let is_ours = its.is_some() && its == dir.canonicalize().ok();
    is_ours && send::<()>(port, &redis::cmd("PING")).await.is_ok()
}

/// Asks the server to end; whether it seems to.
async fn shut_down(port: u16) -> bool {
    // A server that ends does not answer; one that cannot says why.
    let answer = send::<()>(port, redis::cmd("SHUTDOWN").arg("NOSAVE")).await;
    answer.is_err_and(|error| error.is_io_error())
}

async fn send<T: FromRedisValue>(port: u16, command: &Cmd) -> RedisResult<T> {
    let client = redis::Client::open(url(port))?;
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(STOP_MAX));
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    command.query_async(&mut connection).await
}

fn url(port: u16) -> String {
    format!("redis://127.0.0.1:{port}")
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
