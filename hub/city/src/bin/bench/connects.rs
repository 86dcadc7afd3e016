//! People who come: one after the other, and all at once when they come back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::Scale;
use crate::bare::Bare;
use crate::crowd::{Line, Mark};
use crate::figures::{Table, Times, count, median};
use crate::orders;
use crate::place::Place;

/// Customers with an order each.
const CUSTOMERS: usize = 5_000;
/// Sockets of each: a phone, a tablet, a desk.
const SOCKETS_EACH: usize = 3;
/// Those who come one after the other, so many at a time.
const COMING: usize = 10_000;
const AT_ONCE: usize = 256;
/// How long a hub may take to notice that everybody has left.
const LEFT: Duration = Duration::from_secs(3);

/// Everybody connects, says who they are, and subscribes to their order.
pub(crate) async fn connects(scale: Scale) -> anyhow::Result<Table> {
    let mut table = Table::new("People who come");
    let customers = scale.of(CUSTOMERS);
    let mut place = Place::begin().await?;
    let stores = orders::open_stores(&place.streams, 100).await?;
    let made = orders::make(&place.streams, &stores, 0..customers, false).await?;
    place.open_hub().await?;
    let names: Vec<_> = (0..customers).map(|index| format!("c-{index}")).collect();
    let tokens = place.tokens("customer", &names).await?;
    let everybody: Vec<Arc<Visitor>> = (0..customers * SOCKETS_EACH)
        .map(|index| {
            let (token, made) = (&tokens[index % customers], &made[index % customers]);
            Arc::new(Visitor { token: token.clone(), channel: format!("order:{}", made.id) })
        })
        .collect();
    let bare = Bare::sockets().await?;

    let coming = &everybody[..scale.of(COMING).min(everybody.len())];
    let (mut rates, mut bare_rates, mut burdens) = (vec![], vec![], vec![]);
    let (mut times, mut failed) = (Times::default(), 0);
    for _ in 0..scale.runs {
        let before = place.hub_seconds()?;
        let come = come(place.hub(), coming).await;
        burdens.push((place.hub_seconds()? - before) * 1e6 / coming.len() as f64);
        rates.push(come.per_second);
        times = come.times;
        failed += come.failed;
        if let Some(why) = come.why {
            table.note(format!("Of those who came, the first that failed: {why}"));
        }
        drop(come.lines);
        sleep(LEFT).await;
        bare_rates.push(self::come(bare.listen, coming).await.per_second);
        sleep(LEFT).await;
    }
    let (rate, bare_rate) = (median(rates), median(bare_rates));
    table.row(
        format!("connect, subscribe and be shown the order, {AT_ONCE} at a time"),
        format!(
            "{} a second, {failed} failed; {}; {:.0} µs of the hub each",
            count(rate),
            times.summary(),
            median(burdens)
        ),
        format!(
            "{} a second: tungstenite that looks at nothing and answers both",
            count(bare_rate)
        ),
        format!("{:.2}", rate / bare_rate),
    );

    let (mut rates, mut commands, mut failed, mut shown) = (vec![], vec![], 0, 0);
    for _ in 0..scale.runs {
        let come = come(place.hub(), &everybody).await;
        let places: Vec<Mark> = come.lines.iter().map(|(_, mark)| mark.clone()).collect();
        drop(come.lines);
        sleep(LEFT).await;
        let before = place.redis_commands().await?;
        let back = come_back(place.hub(), &everybody, places).await;
        commands.push((place.redis_commands().await? - before) / everybody.len() as f64);
        rates.push(back.per_second);
        failed += back.failed;
        if let Some(why) = back.why {
            table.note(format!("Of those who came back, the first that failed: {why}"));
        }
        shown += back.shown;
        times = back.times;
        sleep(LEFT).await;
    }
    table.row(
        format!("{} come back at once and resume", count(everybody.len() as f64)),
        format!(
            "{} a second, {failed} failed, {shown} shown a snapshot; {}",
            count(median(rates)),
            times.summary()
        ),
        format!("{:.3} commands of Redis each, what the hub does anyway among them", {
            median(commands)
        }),
        String::new(),
    );
    Ok(table)
}

/// Somebody with a socket.
struct Visitor {
    token: String,
    channel: String,
}

/// Who came, and how.
struct Come {
    lines: Vec<(Line, Mark)>,
    per_second: f64,
    times: Times,
    failed: usize,
    /// What became of the first of them.
    why: Option<String>,
    /// Of those who came back, who was shown everything.
    shown: usize,
}

async fn come(server: SocketAddr, visitors: &[Arc<Visitor>]) -> Come {
    let started = Instant::now();
    let arrivals: Vec<_> = stream::iter(visitors.iter().cloned())
        .map(|visitor| tokio::spawn(async move { arrive(server, &visitor, None).await }))
        // In their order: whoever comes back begins where they themselves were.
        .buffered(AT_ONCE)
        .collect()
        .await;
    let took = started.elapsed();
    Come::of(arrivals.into_iter().map(|it| it.unwrap_or_else(|error| Err(error.into()))), took)
}

/// All at the same moment, each from where they were.
async fn come_back(server: SocketAddr, visitors: &[Arc<Visitor>], places: Vec<Mark>) -> Come {
    let started = Instant::now();
    let shown = Arc::new(AtomicUsize::new(0));
    let mut arriving = JoinSet::new();
    for (visitor, mark) in visitors.iter().cloned().zip(places) {
        let shown = shown.clone();
        arriving.spawn(async move {
            let arrived = arrive(server, &visitor, Some(&mark)).await;
            if let Ok(Arrived { is_resumed: false, .. }) = arrived {
                shown.fetch_add(1, Ordering::Relaxed);
            }
            arrived
        });
    }
    let mut arrivals = Vec::with_capacity(visitors.len());
    while let Some(arrived) = arriving.join_next().await {
        arrivals.push(arrived.unwrap_or_else(|error| Err(error.into())));
    }
    let took = started.elapsed();
    Come { shown: shown.load(Ordering::Relaxed), ..Come::of(arrivals.into_iter(), took) }
}

struct Arrived {
    line: Line,
    mark: Mark,
    is_resumed: bool,
    took: Duration,
}

async fn arrive(
    server: SocketAddr,
    visitor: &Visitor,
    since: Option<&Mark>,
) -> anyhow::Result<Arrived> {
    let started = Instant::now();
    let mut line = Line::open(server, &visitor.token).await?;
    let (mark, is_resumed) = line.resume(&visitor.channel, since).await?;
    Ok(Arrived { line, mark, is_resumed, took: started.elapsed() })
}

impl Come {
    fn of(arrivals: impl Iterator<Item = anyhow::Result<Arrived>>, took: Duration) -> Come {
        let mut come = Come {
            lines: vec![],
            per_second: 0.0,
            times: Times::default(),
            failed: 0,
            why: None,
            shown: 0,
        };
        for arrived in arrivals {
            match arrived {
                Ok(Arrived { line, mark, took, .. }) => {
                    come.lines.push((line, mark));
                    come.times.add(took);
                }
                Err(error) => {
                    come.failed += 1;
                    come.why.get_or_insert_with(|| format!("{error:#}"));
                }
            }
        }
        come.per_second = come.lines.len() as f64 / took.as_secs_f64();
        come
    }
}
