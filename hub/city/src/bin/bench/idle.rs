//! Sockets that wait: what each costs in memory, after it has been told something.

use tokio::time::{Duration, sleep};

use crate::Scale;
use crate::figures::{Table, count, median};
use crate::peers::{Peer, Plan};
use crate::processes::{kernel_bytes, resident_bytes};
use crate::traffic::Traffic;

const SOCKETS: usize = 15_000;
/// Messages to each socket, and how many a second to all of them, before anything is weighed: some
/// buffers are made with the first message only.
const MESSAGES: usize = 3;
const PER_SECOND: f64 = 5_000.0;
/// Until what was used for the last time has been given back.
const RESTING: Duration = Duration::from_secs(5);

const COLUMNS: [&str; 6] =
    ["server", "sockets", "kB a socket", "empty server, MB", "kernel, kB a socket", "lost"];

struct Weighed {
    each: f64,
    base: f64,
    kernel: f64,
    lost: usize,
}

/// What sockets cost that do nothing.
pub(crate) async fn idle(scale: Scale, peers: &[Peer]) -> anyhow::Result<Table> {
    let sockets = scale.of(SOCKETS);
    let mut table = Table::of("Idle sockets in one process, each subscribed", &COLUMNS);
    for peer in peers {
        let mut runs = Vec::new();
        for _ in 0..scale.runs {
            match weigh(*peer, sockets).await {
                Ok(run) => runs.push(run),
                Err(error) => {
                    table.note(format!("{peer} is not here: {error:#}"));
                    break;
                }
            }
        }
        if runs.is_empty() {
            continue;
        }
        let of = |figure: fn(&Weighed) -> f64| median(runs.iter().map(figure).collect());
        table.cells(vec![
            peer.to_string(),
            count(sockets as f64),
            format!("{:.1}", of(|run| run.each) / 1e3),
            format!("{:.0}", of(|run| run.base) / 1e6),
            format!("{:.1}", of(|run| run.kernel) / 1e3),
            count(of(|run| run.lost as f64)),
        ]);
    }
    table.note(
        "Resident memory of the server with the sockets, less that of the server without them. \
         The kernel's is its structures and buffers, of this end of each socket."
            .to_owned(),
    );
    Ok(table)
}

async fn weigh(peer: Peer, sockets: usize) -> anyhow::Result<Weighed> {
    let plan = Plan { sockets, is_one_topic: false };
    let contender = peer.open(plan).await?;
    sleep(RESTING).await;
    let (base, kernel) = (resident_bytes(&contender.processes()?)?, kernel_bytes()?);
    let mut traffic = Traffic::begin(contender, plan).await?;
    let stretch = traffic.at_rate(PER_SECOND, sockets * MESSAGES)?;
    sleep(RESTING).await;
    let after = resident_bytes(&traffic.contender.processes()?)?;
    // Both ends are on this machine.
    let kernel = (kernel_bytes()? - kernel) / 2.0;
    Ok(Weighed {
        each: (after - base) / sockets as f64,
        base,
        kernel: kernel / sockets as f64,
        lost: stretch.lost(),
    })
}
