//! What a rider sees at first, with many thousands of jobs in town.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde_json::json;

use crate::Scale;
use crate::crowd::{Ear, Line};
use crate::figures::{Table, Times, count, milliseconds};
use crate::nearby::{RADIUS_METERS, STORES};
use crate::orders;
use crate::place::{Place, Spot};
use crate::plot::Plot;

/// How often a rider looks who wants to see the jobs around for the first time.
const LOOKS: usize = 200;
/// How often on one socket: nobody may ask for more at once.
const LOOKS_EACH: usize = 5;

/// What a rider is shown who begins to look, with thousands of jobs in town.
pub(crate) async fn snapshots(scale: Scale) -> anyhow::Result<Table> {
    let mut table = Table::new("What is near, at first sight (a town of 15 km)");
    let mut plot = Plot::new("First look, by open jobs in town", "open jobs", "p50 in ms");
    for jobs in [1_000, 10_000, 100_000].map(|jobs| scale.of(jobs)) {
        let mut place = Place::begin().await?;
        let stores = orders::open_stores(&place.streams, STORES).await?;
        orders::make(&place.streams, &stores, 0..jobs, true).await?;
        let ready = place.open_hub().await?;
        let token = place.tokens("rider", &["r-0".to_owned()]).await?;
        place.all_put(&token, "/riders/me/online", &json!({})).await?;
        let here = json!({"lat": 37.55, "lng": 126.91});
        place.put(&token[0], "/riders/me/location", &here).await?;

        let points = geo_points(&stores, jobs);
        place.redis_cli(&points).await?;
        for radius_meters in [1_000, RADIUS_METERS] {
            let mut runs = Vec::new();
            for run in 0..u64::from(scale.runs) {
                runs.push(look(&place, &token[0], radius_meters, run, scale).await?);
            }
            runs.sort_by_key(|run| run.socket_p50);
            let run = &runs[runs.len() / 2];
            let line = format!("subscribe, {radius_meters} m");
            plot.point(&line, jobs as f64, run.socket_p50.as_secs_f64() * 1e3);
            let line = format!("GET /deliveries, {radius_meters} m");
            plot.point(&line, jobs as f64, run.http_p50.as_secs_f64() * 1e3);
            let radius = format!("{radius_meters}");
            let search = ["GEOSEARCH", "bench:geo", "FROMLONLAT", "126.91", "37.55", "BYRADIUS"];
            let search = [search.as_slice(), &[&radius, "m", "ASC", "COUNT", "100"]].concat();
            let raw = place.redis_benchmark_of(1, 1, scale.of(1_000), &search).await?;
            let line = format!("one GEOSEARCH of Redis, {radius_meters} m");
            plot.point(&line, jobs as f64, raw.p50_millis);
            table.row(
                format!("{} open jobs, {radius_meters} m: subscribe", count(jobs as f64)),
                format!("{} ({} jobs shown)", run.socket, count(run.shown)),
                format!("one GEOSEARCH … COUNT 100: p50 {:.2} ms", raw.p50_millis),
                format!("{:.2}", run.socket_p50.as_secs_f64() * 1e3 / raw.p50_millis),
            );
            table.row(
                format!("{} open jobs, {radius_meters} m: GET /deliveries", count(jobs as f64)),
                run.http.clone(),
                "the same".to_owned(),
                format!("{:.2}", run.http_p50.as_secs_f64() * 1e3 / raw.p50_millis),
            );
        }
        table.row(
            format!("{} open jobs: start of a hub until it is ready", count(jobs as f64)),
            format!("{} ms", milliseconds(ready)),
            String::new(),
            String::new(),
        );
    }
    table.plot(plot);
    Ok(table)
}

struct LookRun {
    socket: String,
    socket_p50: Duration,
    shown: f64,
    http: String,
    http_p50: Duration,
}

async fn look(
    place: &Place,
    token: &str,
    radius_meters: u32,
    seed: u64,
    scale: Scale,
) -> anyhow::Result<LookRun> {
    let mut dice = SmallRng::seed_from_u64(seed);
    let spots: Vec<Spot> = (0..scale.of(LOOKS)).map(|_| Spot::anywhere(&mut dice)).collect();
    let (mut socket, mut http) = (Times::default(), Times::default());
    let shown = Arc::new(AtomicUsize::new(0));
    let counting = shown.clone();
    let ear: Ear = Arc::new(move |_, line, _| {
        counting.fetch_add(line.matches(r#""orderId""#).count(), Ordering::Relaxed);
    });
    let mut line = Line::open(place.hub(), token).await?;
    for (index, Spot { lat, lng }) in spots.iter().enumerate() {
        if index % LOOKS_EACH == 0 {
            line = Line::open(place.hub(), token).await?;
        }
        let data = json!({"lat": lat, "lng": lng, "radiusMeters": radius_meters});
        socket.add(line.subscribe("nearby", &data, &ear).await?);
        line.unsubscribe("nearby").await?;
        let path = format!("/deliveries?lat={lat}&lng={lng}&radiusMeters={radius_meters}");
        let started = Instant::now();
        place.get(token, &path).await?;
        http.add(started.elapsed());
    }
    Ok(LookRun {
        socket: socket.summary(),
        socket_p50: socket.permille(500),
        shown: shown.load(Ordering::Relaxed) as f64 / spots.len() as f64,
        http: http.summary(),
        http_p50: http.permille(500),
    })
}

/// The same places in one plain geo set, as commands for Redis.
fn geo_points(stores: &[Spot], jobs: usize) -> String {
    let mut text = String::new();
    for number in 0..jobs {
        let Spot { lat, lng } = stores[number % stores.len()];
        text.push_str(&format!("GEOADD bench:geo {lng} {lat} {number}\n"));
    }
    text
}
