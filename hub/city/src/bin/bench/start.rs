//! What a hub costs before anybody does anything: its start, its size, and its rest.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::Scale;
use crate::crowd::{Crowd, Ear};
use crate::figures::{Table, count, median, milliseconds};
use crate::orders;
use crate::place::{Place, program};
use serde_json::Value;

const SOCKETS: usize = 15_000;
/// Nobody says anything for so many seconds; pings are sent all the while.
const SECONDS: usize = 30;
const STARTS: usize = 10;

/// A start, and a rest.
pub(crate) async fn start(scale: Scale) -> anyhow::Result<Table> {
    let mut table = Table::new("A hub at its start and at rest");
    let mut place = Place::begin().await?;
    let stores = orders::open_stores(&place.streams, 100).await?;
    orders::make(&place.streams, &stores, 0..scale.of(5_000), false).await?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(place.open_hub().await?.as_secs_f64());
        place.close_hub().await?;
    }
    let mut pings = Vec::new();
    for _ in 0..STARTS {
        let started = Instant::now();
        place.redis_cli("PING\n").await?;
        pings.push(started.elapsed().as_secs_f64());
    }
    let (start, ping) = (median(starts), median(pings));
    let time = |seconds: f64| milliseconds(Duration::from_secs_f64(seconds));
    table.row(
        format!("from exec to ready, {} orders in the feeds", count(scale.of(5_000) as f64)),
        format!("{} ms", time(start)),
        format!("{} ms: redis-cli PING", time(ping)),
        format!("{:.1}", start / ping),
    );
    let size = std::fs::metadata(program("hub")?)?.len() as f64 / 1e6;
    table.row(
        "the program, with its screens".to_owned(),
        format!("{size:.1} MB, with line tables"),
        String::new(),
        String::new(),
    );

    place.open_hub().await?;
    let sockets = scale.of(SOCKETS);
    let names: Vec<_> = (0..sockets).map(|index| format!("c-{index}")).collect();
    let tokens = place.tokens("customer", &names).await?;
    let ear: Ear = Arc::new(|_, _, _| ());
    let own = |index: usize| (format!("customer:{}", names[index]), Value::Null);
    let _crowd = Crowd::gather(place.hub(), &tokens, own, ear).await?;
    sleep(Duration::from_secs(3)).await;
    let before = (place.hub_seconds()?, place.redis_seconds().await?);
    let seconds = scale.of(SECONDS);
    sleep(Duration::from_secs(seconds as u64)).await;
    let share = |from: f64, to: f64| (to - from) * 100.0 / seconds as f64;
    table.row(
        format!("{} sockets on which nothing happens", count(sockets as f64)),
        format!("{:.1} % of a core", share(before.0, place.hub_seconds()?)),
        format!("{:.1} % of a core: its Redis", share(before.1, place.redis_seconds().await?)),
        String::new(),
    );
    Ok(table)
}
