//! What a change costs that concerns nobody here: each hub reads every feed, so this is what grows with
//! hubs and partitions whatever people do.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use domain::{Command, CommandId, Rules, Trace};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};
use uuid::Uuid;

use crate::Scale;
use crate::crowd::{Crowd, Ear};
use crate::figures::{Table, Times, median};
use crate::orders;
use crate::place::Place;
use crate::plot::Plot;

/// Changes, one after the other at this pace: slow enough that each wakes everybody who waits.
const CHANGES: usize = 3_000;
const EVERY: Duration = Duration::from_millis(1);
/// What hubs and feeds come to.
const TOWNS: [(u16, usize); 7] = [(1, 1), (8, 1), (32, 1), (128, 1), (8, 2), (8, 4), (8, 8)];

/// The same changes with more feeds, and with more hubs.
pub(crate) async fn growth(scale: Scale) -> anyhow::Result<Table> {
    let mut table = Table::new("A change, as feeds and hubs become more");
    let mut by_feeds = Plot::new("A change, by partitions (one hub)", "partitions", "µs, and ms");
    let mut by_hubs = Plot::new("A change, by hubs (eight partitions)", "hubs", "µs, and ms");
    for (partitions, hubs) in TOWNS {
        let mut runs = Vec::new();
        for _ in 0..scale.runs {
            runs.push(change(scale, partitions, hubs).await?);
        }
        let of = |figure: fn(&Change) -> f64| median(runs.iter().map(figure).collect());
        let (redis, hub, p50) = (of(|it| it.redis_micros), of(|it| it.hub_micros), of(|it| it.p50));
        let draw = |plot: &mut Plot, x: f64| {
            plot.point("Redis, µs of a core", x, redis);
            plot.point("all hubs together, µs of a core", x, hub);
            plot.point("from the append to a socket, p50 in ms", x, p50);
        };
        match hubs {
            1 => draw(&mut by_feeds, f64::from(partitions)),
            _ => draw(&mut by_hubs, hubs as f64),
        }
        if (partitions, hubs) == (8, 1) {
            draw(&mut by_hubs, 1.0);
        }
        table.row(
            format!("{partitions} partitions, {hubs} hubs: a change each millisecond"),
            format!(
                "{redis:.0} µs of Redis, {hub:.0} of all hubs; append to socket p50 {p50:.2} ms"
            ),
            format!("at rest {:.1} % of a core", of(|it| it.rest_percent)),
            String::new(),
        );
    }
    table.plot(by_feeds);
    table.plot(by_hubs);
    Ok(table)
}

/// What a change cost, without what everybody costs at rest.
struct Change {
    redis_micros: f64,
    hub_micros: f64,
    /// In milliseconds.
    p50: f64,
    /// Redis and all hubs together.
    rest_percent: f64,
}

async fn change(scale: Scale, partitions: u16, hubs: usize) -> anyhow::Result<Change> {
    let mut place = Place::begin_with(partitions).await?;
    let stores = orders::open_stores(&place.streams, 64).await?;
    let changes = scale.of(CHANGES);
    let made = orders::place_all(&place.streams, &stores, 0..changes).await?;
    for _ in 0..hubs {
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
    let before = (place.redis_seconds().await?, place.burden()?.seconds);
    let rest = EVERY * changes as u32;
    sleep(rest).await;
    let resting = (place.redis_seconds().await? - before.0, place.burden()?.seconds - before.1);

    let before = (place.redis_seconds().await?, place.burden()?.seconds);
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
    let hub = place.burden()?.seconds - before.1 - resting.1 * took;
    let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Change {
        redis_micros: redis.max(0.0) * 1e6 / changes as f64,
        hub_micros: hub.max(0.0) * 1e6 / changes as f64,
        p50: times.permille(500).as_secs_f64() * 1e3,
        rest_percent: (resting.0 + resting.1) * 100.0 / rest.as_secs_f64(),
    })
}
