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
const READY_MAX: Duration = Duration::from_secs(60);

/// How long a server may take to end when asked to.
const STOP_MAX: Duration = Duration::from_secs(10);

/// Pause between looking whether it answers.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How often another port is tried: between finding one free and using it, somebody may take it.
pub(crate) const PORTS_MAX: u32 = 5;

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
    /// Settings that others do not have.
    more: Vec<String>,
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
        PrivateRedis::start_with(dir, &[]).await
    }

    /// As [`PrivateRedis::start`], with more settings, as on the command line of redis-server.
    ///
    /// # Errors
    /// As there.
    pub async fn start_with(dir: Option<PathBuf>, more: &[&str]) -> io::Result<PrivateRedis> {
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
            match serve(port, &dir, more).await {
                Ok(server) => {
                    let (url, more) = (url(port), more.iter().map(|it| it.to_string()).collect());
                    return Ok(PrivateRedis {
                        server,
                        port,
                        url,
                        dir,
                        more,
                        _temporary: temporary,
                    });
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

    /// On which port of this machine it is.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends the server and starts it on the same data and port: with `kill` as a crash would,
    /// otherwise as asked to.
    ///
    /// # Panics
    /// If it does not come back.
    pub async fn restart(&mut self, kill: bool) {
        self.end(kill).await;
        self.begin().await;
    }

    /// Copies its data as they are now, to go back to later.
    ///
    /// # Errors
    /// If files cannot be copied.
    pub async fn back_up(&self) -> io::Result<BackUp> {
        // What was answered is in the file, if not on the disk, and reading it finds it; but for what
        // a server that syncs once a second has put off because the disk was busy.
        let copy = TempDir::with_prefix("private-redis-")?;
        copy_files(&self.data(), copy.path()).await?;
        Ok(BackUp(copy))
    }

    /// Kills the server and starts it, on the same port, on older data.
    ///
    /// # Panics
    /// If the data cannot be put in place, or it does not come back.
    pub async fn restart_on(&mut self, older: &BackUp) {
        self.end(true).await;
        tokio::fs::remove_dir_all(self.data()).await.expect("it had data");
        tokio::fs::create_dir(self.data()).await.expect("it had data");
        copy_files(older.0.path(), &self.data()).await.expect("files can be copied");
        self.begin().await;
    }

    /// Becomes a copy of the server at `port` and goes on following it.
    ///
    /// # Panics
    /// If it does not obey.
    pub async fn follow(&self, port: u16) {
        let mut command = redis::cmd("REPLICAOF");
        command.arg("127.0.0.1").arg(port);
        send::<()>(self.port, &command).await.expect("it obeys");
    }

    /// Waits until it has what `primary` has.
    ///
    /// # Panics
    /// If that does not come to be.
    pub async fn catch_up(&self, primary: &PrivateRedis) {
        let give_up_at = Instant::now() + READY_MAX;
        let is_up = async |port| {
            let state = send::<String>(port, redis::cmd("INFO").arg("replication")).await.ok()?;
            let offset = state.lines().find_map(|it| it.strip_prefix("master_repl_offset:"))?;
            Some((state.contains("master_link_status:up"), offset.to_owned()))
        };
        loop {
            let theirs = is_up(primary.port).await.map(|(_, offset)| (true, offset));
            if theirs.is_some() && theirs == is_up(self.port).await {
                return;
            }
            assert!(Instant::now() < give_up_at, "it does not catch up");
            sleep(LOOK_EVERY).await;
        }
    }

    /// Follows nobody any more: what it has is the truth from now on.
    ///
    /// # Panics
    /// If it does not obey.
    pub async fn promote(&self) {
        let mut command = redis::cmd("REPLICAOF");
        send::<()>(self.port, command.arg("NO").arg("ONE")).await.expect("it obeys");
    }

    /// How many commands it has carried out, those of scripts included.
    ///
    /// # Panics
    /// If it does not say.
    pub async fn commands(&self) -> u64 {
        let stats = send::<String>(self.port, redis::cmd("INFO").arg("commandstats")).await;
        let stats = stats.expect("it answers");
        let calls = stats.lines().filter_map(|line| line.split_once("calls=")?.1.split(',').next());
        calls.filter_map(|calls| calls.parse::<u64>().ok()).sum()
    }

    /// Ends the server.
    pub async fn stop(mut self) {
        self.end(false).await;
    }

    fn data(&self) -> PathBuf {
        self.dir.join("appendonlydir")
    }

    async fn begin(&mut self) {
        let more: Vec<&str> = self.more.iter().map(String::as_str).collect();
        let started = serve(self.port, &self.dir, &more).await;
        self.server = started.expect("a server started here before");
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

/// What a server had at some moment.
#[derive(Debug)]
pub struct BackUp(TempDir);

async fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    let mut files = tokio::fs::read_dir(from).await?;
    while let Some(file) = files.next_entry().await? {
        tokio::fs::copy(file.path(), to.join(file.file_name())).await?;
    }
    Ok(())
}

/// Starts a server and waits until it answers.
pub(crate) async fn serve(port: u16, dir: &Path, more: &[&str]) -> io::Result<Child> {
    let log = dir.join("redis.log");
    let output = std::fs::OpenOptions::new().create(true).append(true).open(&log)?;
    let mut server = Command::new("sh")
        .args(["-c", WATCHED, "redis-server", "--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--repl-diskless-sync-delay", "0"])
        .args(["--save", "", "--appendonly", "yes", "--appendfsync", "everysec", "--dir"])
        .arg(dir)
        .args(more)
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

pub(crate) async fn send<T: FromRedisValue>(port: u16, command: &Cmd) -> RedisResult<T> {
    let client = redis::Client::open(url(port))?;
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(STOP_MAX))
        .set_response_timeout(Some(STOP_MAX));
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    command.query_async(&mut connection).await
}

fn url(port: u16) -> String {
    format!("redis://127.0.0.1:{port}")
}

pub(crate) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
