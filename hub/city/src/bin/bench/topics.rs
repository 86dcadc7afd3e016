//! Many topics: each socket follows its own order, and news come at a steady rate.

use crate::Scale;
use crate::figures::{Table, count, median};
use crate::peers::{MESSAGE_BYTES, Peer, Plan};
use crate::place::Place;
use crate::plot::Plot;
use crate::traffic::{Stretch, Traffic};

const SOCKETS: [usize; 2] = [5_000, 15_000];
/// News a second. Whoever loses some is asked for no more.
const RATES: [usize; 8] = [2_000, 10_000, 20_000, 30_000, 40_000, 50_000, 85_000, 120_000];
/// For how long.
const SECONDS: usize = 6;
/// Before that, so that nobody is measured at the first message.
const WARMING: usize = 5_000;
/// Commands in a pipeline where Redis is asked alone.
const AT_ONCE: usize = 16;
/// Nobody would call it live after that.
const LATE_MILLIS: f64 = 250.0;

const COLUMNS: [&str; 10] = [
    "server",
    "sockets",
    "news a second",
    "p50 ms",
    "p99 ms",
    "p999 ms",
    "server µs each",
    "Redis µs each",
    "clients µs each",
    "lost",
];

/// From Redis to sockets, faster and faster.
pub(crate) async fn topics(scale: Scale, peers: &[Peer]) -> anyhow::Result<Table> {
    let title = "Many topics: each socket follows an order of its own";
    let mut table = Table::of(title, &COLUMNS);
    let mut late = Plot::new("p99 by news a second", "news a second", "p99, ms");
    let mut cost = Plot::new("Server time by news a second", "news a second", "µs a delivery");
    for sockets in SOCKETS.map(|sockets| scale.of(sockets)) {
        for peer in peers {
            let mut runs = Vec::new();
            for _ in 0..scale.runs {
                match climb(*peer, sockets, scale).await {
                    Ok(run) => runs.push(run),
                    Err(error) => {
                        table.note(format!("{peer} broke off: {error:#}"));
                        break;
                    }
                }
            }
            tell(&mut table, *peer, sockets, &runs);
            if sockets == scale.of(SOCKETS[0]) {
                draw(&mut late, &mut cost, *peer, &runs);
            }
        }
    }
    table.plot(late);
    table.plot(cost);
    table.note(plain_redis(scale).await?);
    table.note(format!(
        "Whoever loses a message, or brings one of a hundred later than {LATE_MILLIS} ms, is asked \
         for no more."
    ));
    Ok(table)
}

fn tell(table: &mut Table, peer: Peer, sockets: usize, runs: &[Vec<Stretch>]) {
    let mut highest = Vec::new();
    for (step, rate) in RATES.iter().enumerate() {
        if runs.iter().all(|run| run.len() <= step) {
            break;
        }
        let of = |figure: &dyn Fn(&Stretch) -> f64| median_of(runs, step, figure);
        table.cells(vec![
            peer.to_string(),
            count(sockets as f64),
            count(*rate as f64),
            format!("{:.2}", of(&|it| it.millis(500))),
            format!("{:.2}", of(&|it| it.millis(990))),
            format!("{:.2}", of(&|it| it.millis(999))),
            format!("{:.1}", of(&|it| it.micros_each(it.spent.server))),
            format!("{:.1}", of(&|it| it.micros_each(it.spent.redis))),
            format!("{:.1}", of(&|it| it.micros_each(it.spent.own))),
            count(of(&|it| it.lost() as f64)),
        ]);
    }
    for run in runs {
        let held = RATES.iter().zip(run).take_while(|(_, step)| is_held(step)).last();
        highest.push(held.map_or(0.0, |(rate, _)| *rate as f64));
    }
    if !highest.is_empty() {
        let highest = count(median(highest));
        table.note(format!("{peer}, {} sockets: holds {highest}.", count(sockets as f64)));
    }
}

fn draw(late: &mut Plot, cost: &mut Plot, peer: Peer, runs: &[Vec<Stretch>]) {
    for (step, rate) in RATES.iter().enumerate() {
        let name = peer.to_string();
        late.point(&name, *rate as f64, median_of(runs, step, &|it| it.millis(990)));
        let each = median_of(runs, step, &|it| it.micros_each(it.spent.server));
        cost.point(&name, *rate as f64, each);
    }
}

/// Of those runs that came so far.
fn median_of(runs: &[Vec<Stretch>], step: usize, figure: &dyn Fn(&Stretch) -> f64) -> f64 {
    median(runs.iter().filter_map(|run| run.get(step)).map(figure).collect())
}

/// What Redis itself does, as redis-benchmark finds it.
async fn plain_redis(scale: Scale) -> anyhow::Result<String> {
    let place = Place::begin().await?;
    let (body, times) = ("x".repeat(MESSAGE_BYTES), scale.of(500_000));
    let add = ["XADD", "bench", "MAXLEN", "~", "20000", "*", "body", &body];
    let added = place.redis_benchmark(AT_ONCE, times, &add).await?.per_second;
    let read = ["XREAD", "COUNT", "100", "STREAMS", "bench", "0"];
    let read = place.redis_benchmark(1, times / 100, &read).await?.per_second * 100.0;
    Ok(format!(
        "Redis alone, as redis-benchmark finds it: {} XADD of {MESSAGE_BYTES} bytes a second, \
         {AT_ONCE} in a pipeline; {} entries read a second by XREAD, 100 at a time.",
        count(added),
        count(read)
    ))
}

/// One rate after the other, until it is too much.
async fn climb(peer: Peer, sockets: usize, scale: Scale) -> anyhow::Result<Vec<Stretch>> {
    let plan = Plan { sockets, is_one_topic: false };
    let mut traffic = Traffic::begin(peer.open(plan).await?, plan).await?;
    traffic.at_rate(RATES[0] as f64, scale.of(WARMING))?;
    let mut steps = Vec::new();
    for rate in RATES {
        let step = traffic.at_rate(rate as f64, scale.of(rate * SECONDS))?;
        let is_enough = !is_held(&step) || traffic.swarm.closed > 0;
        steps.push(step);
        if is_enough {
            break;
        }
    }
    Ok(steps)
}

fn is_held(step: &Stretch) -> bool {
    step.lost() == 0 && step.millis(990) < LATE_MILLIS
}
