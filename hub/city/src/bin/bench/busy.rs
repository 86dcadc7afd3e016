//! One busy topic: everybody near one place is told of every job there.

use std::time::Duration;

use crate::Scale;
use crate::figures::{Table, count, median};
use crate::peers::{Peer, Plan};
use crate::traffic::{Stretch, Traffic};

/// How many follow it.
const CROWDS: [usize; 2] = [1_000, 10_000];
/// Messages under way: one at a time, and backlogs.
const UNDER_WAY: [usize; 3] = [1, 16, 64];
const SPAN: Duration = Duration::from_secs(5);
const WARMING: Duration = Duration::from_secs(1);

const COLUMNS: [&str; 8] = [
    "server",
    "sockets",
    "messages under way",
    "deliveries a second",
    "server µs each",
    "clients µs each",
    "to the last socket: p50, p99 ms",
    "lost",
];

/// One topic and all the sockets.
pub(crate) async fn busy(scale: Scale, peers: &[Peer]) -> anyhow::Result<Table> {
    let mut table = Table::of("One busy topic: everybody follows the same", &COLUMNS);
    for sockets in CROWDS {
        let plan = Plan { sockets: scale.of(sockets), is_one_topic: true };
        for peer in peers {
            let mut runs = Vec::new();
            for _ in 0..scale.runs {
                match tell_all(*peer, plan, scale).await {
                    Ok(run) => runs.push(run),
                    Err(error) => {
                        table.note(format!("{peer} broke off: {error:#}"));
                        break;
                    }
                }
            }
            if runs.is_empty() {
                continue;
            }
            for (index, many) in UNDER_WAY.into_iter().enumerate() {
                let of = |figure: &dyn Fn(&Stretch) -> f64| {
                    median(runs.iter().map(|run| figure(&run[index])).collect())
                };
                table.cells(vec![
                    peer.to_string(),
                    count(plan.sockets as f64),
                    many.to_string(),
                    count(of(&Stretch::per_second)),
                    format!("{:.2}", of(&|it| it.micros_each(it.spent.server))),
                    format!("{:.2}", of(&|it| it.micros_each(it.spent.own))),
                    format!("{:.1}, {:.1}", of(&|it| it.millis(500)), of(&|it| it.millis(990))),
                    count(of(&|it| it.lost() as f64)),
                ]);
            }
        }
    }
    table.note(
        "What differs from rider to rider, how far it is to the store, is written for each by the \
         hub alone; the others tell everybody the same 200 bytes."
            .to_owned(),
    );
    Ok(table)
}

/// With one message under way, and with more and more.
async fn tell_all(peer: Peer, plan: Plan, scale: Scale) -> anyhow::Result<Vec<Stretch>> {
    let mut traffic = Traffic::begin(peer.open(plan).await?, plan).await?;
    let span = |span: Duration| if scale.quick { span / 5 } else { span };
    traffic.in_flight(1, span(WARMING))?;
    UNDER_WAY.into_iter().map(|many| traffic.in_flight(many, span(SPAN))).collect()
}
