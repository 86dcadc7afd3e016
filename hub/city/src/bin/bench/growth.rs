//! What a change costs as a town grows: in feeds and hubs, in orders, and in sockets. Each hub reads
//! every feed, so most of this grows with hubs and partitions whatever people do.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use domain::{Command, CommandId, Rules, Trace};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};
use uuid::Uuid;

use crate::Scale;
use crate::crowd::{Crowd, Ear};
use crate::figures::{Table, Times, count, median};
use crate::orders;
use crate::peers::{Peer, Plan};
use crate::place::Place;
use crate::plot::Plot;
use crate::processes::resident_bytes;
use crate::traffic::Traffic;

/// Changes, one after the other at this pace: slow enough that each wakes everybody who waits.
const CHANGES: usize = 3_000;
const EVERY: Duration = Duration::from_millis(1);
const STORES: usize = 64;
/// What feeds, hubs and orders come to.
const TOWNS: [Town; 9] = [
    Town { partitions: 1, ..Town::SMALL },
    Town::SMALL,
    Town { partitions: 32, ..Town::SMALL },
    Town { partitions: 128, ..Town::SMALL },
    Town { hubs: 2, ..Town::SMALL },
    Town { hubs: 4, ..Town::SMALL },
    Town { hubs: 8, ..Town::SMALL },
    Town { orders: 10 * CHANGES, ..Town::SMALL },
    Town { orders: 100 * CHANGES, ..Town::SMALL },
];
/// Sockets of one hub, each with its own order, and news a second to all of them.
const SOCKETS: [usize; 3] = [150, 1_500, 15_000];
const NEWS_PER_SECOND: usize = 2_000;
const NEWS_SECONDS: usize = 5;
/// Until what was used for the last time has been given back.
const RESTING: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, PartialEq, Eq)]
struct Town {
    partitions: u16,
    hubs: usize,
    /// All of them open.
    orders: usize,
}

impl Town {
    const SMALL: Town = Town { partitions: 8, hubs: 1, orders: CHANGES };
}

/// The same changes with more feeds, more hubs, more orders and more sockets.
pub(crate) async fn growth(scale: Scale) -> anyhow::Result<Table> {
    let mut table = Table::new("A change, as a town grows");
    by_towns(scale, &mut table).await?;
    by_sockets(scale, &mut table).await?;
    Ok(table)
}

async fn by_towns(scale: Scale, table: &mut Table) -> anyhow::Result<()> {
    let mut by_feeds = Plot::new("A change, by partitions (one hub)", "partitions", "µs, and ms");
    let mut by_hubs = Plot::new("A change, by hubs (eight partitions)", "hubs", "µs, and ms");
    let mut by_orders = Plot::new("A change, by open orders (one hub)", "orders", "µs, ms and MB");
    for town in TOWNS {
        let mut runs = Vec::new();
        for _ in 0..scale.runs {
            runs.push(change(scale, town).await?);
        }
        let of = |figure: fn(&Change) -> f64| median(runs.iter().map(figure).collect());
        let (redis, hub, p50) = (of(|it| it.redis_micros), of(|it| it.hub_micros), of(|it| it.p50));
        let memory = of(|it| it.hub_bytes) / 1e6;
        let draw = |plot: &mut Plot, x: f64| {
            plot.point("Redis, µs of a core", x, redis);
            plot.point("all hubs together, µs of a core", x, hub);
            plot.point("from the append to a socket, p50 in ms", x, p50);
        };
        let Town { partitions, hubs, orders } = town;
        if hubs == 1 && orders == CHANGES {
            draw(&mut by_feeds, f64::from(partitions));
        }
        if partitions == Town::SMALL.partitions && orders == CHANGES {
            draw(&mut by_hubs, hubs as f64);
        }
        if partitions == Town::SMALL.partitions && hubs == 1 {
            draw(&mut by_orders, scale.of(orders) as f64);
            by_orders.point("memory of the hub, MB", scale.of(orders) as f64, memory);
        }
        let orders = count(scale.of(orders) as f64);
        table.row(
            format!("{partitions} partitions, {hubs} hubs, {orders} open orders: a change each ms"),
            format!(
                "{redis:.0} µs of Redis, {hub:.0} of all hubs; append to socket p50 {p50:.2} ms; \
                 {memory:.0} MB a hub"
            ),
            format!("at rest {:.1} % of a core", of(|it| it.rest_percent)),
            String::new(),
        );
    }
    table.plot(by_feeds);
    table.plot(by_hubs);
    table.plot(by_orders);
    Ok(())
}

async fn by_sockets(scale: Scale, table: &mut Table) -> anyhow::Result<()> {
    let mut plot = Plot::new("A hub, by sockets (2000 news a second)", "sockets", "MB, µs and ms");
    for sockets in SOCKETS.map(|sockets| scale.of(sockets)) {
        let mut runs = Vec::new();
        for _ in 0..scale.runs {
            runs.push(told(scale, sockets).await?);
        }
        let of = |figure: fn(&Told) -> f64| median(runs.iter().map(figure).collect());
        let (memory, micros) = (of(|it| it.bytes) / 1e6, of(|it| it.micros));
        let (p50, p99) = (of(|it| it.p50), of(|it| it.p99));
        let x = sockets as f64;
        plot.point("memory of the hub, MB", x, memory);
        plot.point("a piece of news, µs of the hub", x, micros);
        plot.point("to the socket, p50 in ms", x, p50);
        plot.point("to the socket, p99 in ms", x, p99);
        table.row(
            format!("{} sockets, each its own order: {NEWS_PER_SECOND} news a second", count(x)),
            format!("{micros:.0} µs of the hub each; to the socket p50 {p50:.2}, p99 {p99:.2} ms"),
            format!("{memory:.0} MB"),
            String::new(),
        );
    }
    table.plot(plot);
    Ok(())
}

/// A hub whose sockets were told something.
struct Told {
    bytes: f64,
    micros: f64,
    /// In milliseconds.
    p50: f64,
    p99: f64,
}

async fn told(scale: Scale, sockets: usize) -> anyhow::Result<Told> {
    let plan = Plan { sockets, is_one_topic: false };
    let mut traffic = Traffic::begin(Peer::Hub.open(plan).await?, plan).await?;
    let rate = NEWS_PER_SECOND as f64;
    traffic.at_rate(rate, scale.of(NEWS_PER_SECOND))?;
    let news = traffic.at_rate(rate, scale.of(NEWS_PER_SECOND * NEWS_SECONDS))?;
    anyhow::ensure!(news.lost() == 0, "{} news were lost", news.lost());
    sleep(RESTING).await;
    Ok(Told {
        bytes: resident_bytes(&traffic.contender.processes()?)?,
        micros: news.micros_each(news.spent.server),
        p50: news.millis(500),
        p99: news.millis(990),
    })
}

/// What a change cost, without what everybody costs at rest.
struct Change {
    redis_micros: f64,
    hub_micros: f64,
    /// In milliseconds.
    p50: f64,
    /// Redis and all hubs together.
    rest_percent: f64,
    /// Memory of the hub that came first.
    hub_bytes: f64,
}

async fn change(scale: Scale, town: Town) -> anyhow::Result<Change> {
    let mut place = Place::begin_with(town.partitions).await?;
    let (changes, all) = (scale.of(CHANGES), scale.of(town.orders));
    let stores = orders::open_stores(&place.streams, STORES * all / changes).await?;
    // The same boards hold those that change, in any town.
    let made = orders::place_all(&place.streams, &stores[..STORES], 0..changes).await?;
    orders::place_all(&place.streams, &stores, changes..all).await?;
    for _ in 0..town.hubs {
        place.open_hub().await?;
    }
    // One board is watched, at the hub that came last.
    let starts: Arc<Vec<OnceLock<Instant>>> =
        Arc::new((0..changes).map(|_| OnceLock::new()).collect());
    let times = Arc::new(Mutex::new(Times::default()));
    let watched = made.iter().enumerate().filter(|(_, it)| it.store == 0);
    let ids: Vec<_> = watched.map(|(number, it)| (number, it.id.to_string())).collect();
    let ear: Ear = {
        let (starts, times) = (starts.clone(), times.clone());
        Arc::new(move |_, line, now| {
            let Some((number, _)) = ids.iter().find(|(_, id)| line.contains(id)) else { return };
            if let Some(started) = starts[*number].get() {
                let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
                times.add(now.duration_since(*started));
            }
        })
    };
    let names = ["s-0".to_owned()];
    let tokens = place.tokens("store", &names).await?;
    let own = |_: usize| ("store:s-0".to_owned(), Value::Null);
    let _crowd = Crowd::gather(place.last_hub(), &tokens, own, ear).await?;

    sleep(Duration::from_secs(1)).await;
    let before = (place.redis_seconds().await?, place.hub_seconds()?);
    let rest = EVERY * changes as u32;
    sleep(rest).await;
    let resting = (place.redis_seconds().await? - before.0, place.hub_seconds()? - before.1);

    let before = (place.redis_seconds().await?, place.hub_seconds()?);
    let began = Instant::now();
    let mut beats = interval(EVERY);
    let mut changing = JoinSet::new();
    for (number, order) in made.iter().cloned().enumerate() {
        beats.tick().await;
        let (streams, starts) = (place.streams.clone(), starts.clone());
        changing.spawn(async move {
            let accept = Command::Accept { by: orders::store_id(order.store)?, cook_minutes: 15 };
            let _ = starts[number].set(Instant::now());
            let trace = Trace::of(CommandId(Uuid::now_v7()));
            streams.execute(order.id, trace, &accept, &Rules::default()).await?;
            anyhow::Ok(())
        });
    }
    while let Some(changed) = changing.join_next().await {
        changed??;
    }
    let took = began.elapsed().as_secs_f64() / rest.as_secs_f64();
    sleep(Duration::from_millis(200)).await;
    let redis = place.redis_seconds().await? - before.0 - resting.0 * took;
    let hub = place.hub_seconds()? - before.1 - resting.1 * took;
    let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Change {
        redis_micros: redis.max(0.0) * 1e6 / changes as f64,
        hub_micros: hub.max(0.0) * 1e6 / changes as f64,
        p50: times.permille(500).as_secs_f64() * 1e3,
        hub_bytes: resident_bytes(&[place.hub_process()?])?,
        rest_percent: (resting.0 + resting.1) * 100.0 / rest.as_secs_f64(),
    })
}
