//! Processes of others: what they answer, and what they use, as the kernel tells it.

use std::fs::read_to_string;
use std::process::Stdio;

use anyhow::{Context, ensure};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// The kernel counts a process's time in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;
const PAGE_BYTES: f64 = 4_096.0;

/// All that a program says to this.
pub(crate) async fn hear_out(command: &mut Command, input: &str) -> anyhow::Result<String> {
    let name = command.as_std().get_program().display().to_string();
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("starting {name}; `make bench` installs what it needs"))?;
    let mut into = process.stdin.take().context("a pipe")?;
    // It may speak before it has heard everything, and then would wait for us.
    let telling = async move { into.write_all(input.as_bytes()).await };
    let (told, output) = tokio::join!(telling, process.wait_with_output());
    let output = output?;
    ensure!(output.status.success(), "{name} ended with {}", output.status);
    told.with_context(|| format!("{name} stopped reading"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A process and all that it has started.
pub(crate) fn family(id: u32) -> Vec<u32> {
    let children = read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|it| it.parse().ok());
    children.flat_map(family).chain([id]).collect()
}

/// Seconds of one processor that these have used.
pub(crate) fn seconds(ids: &[u32]) -> anyhow::Result<f64> {
    let of_one = |id: &u32| {
        let stat = read_to_string(format!("/proc/{id}/stat")).context("a process has ended")?;
        let (_, fields) = stat.rsplit_once(')').context("reading /proc")?;
        let field = |index: usize| fields.split_whitespace().nth(index)?.parse::<f64>().ok();
        let (user, system) = field(11).zip(field(12)).context("reading /proc")?;
        anyhow::Ok((user + system) / TICKS_PER_SECOND)
    };
    ids.iter().map(of_one).sum()
}

/// Bytes of memory that these have of their own, or share with somebody.
pub(crate) fn resident_bytes(ids: &[u32]) -> anyhow::Result<f64> {
    let of_one = |id: &u32| {
        let pages = read_to_string(format!("/proc/{id}/statm")).context("a process has ended")?;
        let pages = pages.split_whitespace().nth(1).context("reading /proc")?;
        anyhow::Ok(pages.parse::<f64>()? * PAGE_BYTES)
    };
    ids.iter().map(of_one).sum()
}

/// Bytes that the kernel itself has for everybody on this machine: its structures, and what waits
/// in sockets.
pub(crate) fn kernel_bytes() -> anyhow::Result<f64> {
    let memory = read_to_string("/proc/meminfo").context("reading /proc")?;
    let slab = memory.lines().find_map(|line| line.strip_prefix("Slab:"));
    let slab = slab.and_then(|it| it.split_whitespace().next()?.parse::<f64>().ok());
    let sockets = read_to_string("/proc/net/sockstat").context("reading /proc")?;
    let pages = sockets.lines().find_map(|line| line.strip_prefix("TCP:")?.split(" mem ").nth(1));
    let pages = pages.and_then(|it| it.trim().parse::<f64>().ok());
    Ok(slab.context("reading /proc")? * 1_024.0 + pages.unwrap_or(0.0) * PAGE_BYTES)
}
