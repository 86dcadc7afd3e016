//! Riders who say where they are, and customers who see them move.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde_json::{Value, json};
use tokio::time::{interval, sleep};

use crate::Scale;
use crate::crowd::{Crowd, Ear};
use crate::figures::{Table, Times, count, median};
use crate::orders;
use crate::place::{Place, Spot};
use crate::plot::Plot;

/// Riders who ride with somebody's food, and are watched.
const WATCHED: usize = 100;
/// How often each rider says where they are: as often as is allowed.
const EVERY: Duration = Duration::from_millis(500);
/// In how many groups they speak, one after the other, so that they do not all speak at once.
const GROUPS: usize = 50;
const SECONDS: usize = 10;
/// What a phone has kept that was in a tunnel.
const KEPT: usize = 30;

/// How long positions take, and how many there were.
#[derive(Default)]
struct Tally {
    sent: AtomicUsize,
    taken: AtomicUsize,
    /// Positions in each report.
    each: usize,
    refused: AtomicUsize,
    /// How the hub put it the first time.
    refusal: OnceLock<String>,
    answers: Mutex<Times>,
    seen: Mutex<Times>,
    /// When the newest position of each rider was sent, by the rider's own clock.
    newest: Mutex<HashMap<usize, (String, Instant)>>,
}

impl Tally {
    fn sends(&self, rider: usize, at: String) {
        self.sent.fetch_add(self.each, Ordering::Relaxed);
        lock(&self.newest).insert(rider, (at, Instant::now()));
    }

    fn is_answered(&self, rider: usize, line: &str, now: Instant) {
        if !line.starts_with(r#"{"id":"#) || line.contains(r#""subscribe""#) {
            return;
        }
        match line.contains(r#""error":"#) {
            true => {
                self.refused.fetch_add(self.each, Ordering::Relaxed);
                self.refusal.get_or_init(|| line.to_owned());
            }
            false => {
                self.taken.fetch_add(self.each, Ordering::Relaxed);
            }
        }
        if let Some((_, sent)) = lock(&self.newest).get(&rider) {
            lock(&self.answers).add(now.duration_since(*sent));
        }
    }

    fn is_seen(&self, rider: usize, line: &str, now: Instant) {
        if !line.contains("riderLocation") {
            return;
        }
        if let Some((at, sent)) = lock(&self.newest).get(&rider)
            && line.contains(at.as_str())
        {
            lock(&self.seen).add(now.duration_since(*sent));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As many riders as there can be, each as often as is allowed.
pub(crate) async fn positions(scale: Scale) -> anyhow::Result<Table> {
    let mut table = Table::new("Riders who say where they are, each twice a second");
    let mut plot = Plot::new("What a position costs, by riders", "riders", "µs of a core");
    for (riders, each) in [(100, 1), (1_000, 1), (5_000, 1), (10_000, 1), (5_000, KEPT)] {
        let riders = scale.of(riders);
        let mut runs = Vec::new();
        for _ in 0..scale.runs {
            runs.push(ride(scale, riders, each).await?);
        }
        runs.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
        let raw = median(runs.iter().map(|run| run.raw).collect());
        let run = &runs[runs.len() / 2];
        if each == 1 {
            plot.point("the hub", riders as f64, run.hub_micros);
            plot.point("Redis", riders as f64, run.redis_micros);
        }
        let who = match each {
            1 => format!("{} riders", count(riders as f64)),
            _ => format!("{} riders out of a tunnel, {each} at a time", count(riders as f64)),
        };
        table.row(
            format!("{who}: positions taken a second"),
            format!(
                "{} of {} sent, {} refused; answered {}; {:.1} µs of the hub each, {:.1} of Redis",
                count(run.per_second),
                count(run.sent_per_second),
                run.refused,
                run.answers,
                run.hub_micros,
                run.redis_micros,
            ),
            format!("{} GEOADD a second, 16 in a pipeline", count(raw)),
            format!("{:.2}", run.per_second / raw),
        );
        table.row(
            format!("{who}: from the phone to the customer"),
            run.seen.clone(),
            format!("{} are watched, once a second at most", WATCHED.min(riders)),
            String::new(),
        );
    }
    table.plot(plot);
    Ok(table)
}

struct Ride {
    per_second: f64,
    sent_per_second: f64,
    refused: usize,
    answers: String,
    seen: String,
    hub_micros: f64,
    redis_micros: f64,
    raw: f64,
}

async fn ride(scale: Scale, riders: usize, each: usize) -> anyhow::Result<Ride> {
    let mut place = Place::begin().await?;
    let watched = scale.of(WATCHED).min(riders);
    let stores = orders::open_stores(&place.streams, watched).await?;
    let jobs = orders::make(&place.streams, &stores, 0..watched, true).await?;
    place.open_hub().await?;
    let names: Vec<_> = (0..riders).map(|index| format!("r-{index}")).collect();
    let tokens = place.tokens("rider", &names).await?;
    place.all_put(&tokens, "/riders/me/online", &json!({})).await?;
    let mut dice = SmallRng::seed_from_u64(3);
    let mut spots: Vec<Spot> = (0..riders).map(|_| Spot::anywhere(&mut dice)).collect();
    for (index, job) in jobs.iter().enumerate() {
        spots[index] = stores[job.store];
        place.put(&tokens[index], "/riders/me/location", &json!(report(spots[index]).0)).await?;
        for step in ["claim", "pick"] {
            let path = format!("/deliveries/{}/{step}", job.id);
            place.put(&tokens[index], &path, &json!({})).await?;
        }
    }

    let tally = Arc::new(Tally { each, ..Tally::default() });
    let customers: Vec<_> = (0..watched).map(|index| format!("c-{index}")).collect();
    let customers = place.tokens("customer", &customers).await?;
    let watching = tally.clone();
    let ear: Ear = Arc::new(move |index, line, now| watching.is_seen(index, line, now));
    let order = |index: usize| (format!("order:{}", jobs[index].id), Value::Null);
    let _customers = Crowd::gather(place.hub(), &customers, order, ear).await?;
    let answered = tally.clone();
    let ear: Ear = Arc::new(move |index, line, now| answered.is_answered(index, line, now));
    let own = |index: usize| (format!("rider:{}", names[index]), Value::Null);
    let crowd = Crowd::gather(place.hub(), &tokens, own, ear).await?;

    let before = (place.hub_seconds()?, place.redis_seconds().await?);
    let started = Instant::now();
    let mut turns = interval(EVERY / GROUPS as u32);
    let mut id = 10;
    for turn in 0..scale.of(SECONDS) * 2 * GROUPS {
        turns.tick().await;
        id += 1;
        for rider in (turn % GROUPS..riders).step_by(GROUPS) {
            spots[rider].lat += 0.00002;
            let (report, at) = reports(spots[rider], each);
            let command = json!({"id": id, "rpc": {"method": "riders.location", "data": report}});
            if crowd.say(rider, &command) {
                tally.sends(rider, at);
            }
        }
    }
    let took = started.elapsed().as_secs_f64();
    sleep(EVERY).await;
    let after = (place.hub_seconds()?, place.redis_seconds().await?);
    let taken = tally.taken.load(Ordering::Relaxed) as f64;
    let move_it = ["GEOADD", "bench:geo", "126.91", "37.55", "__rand_int__"];
    let raw = place.redis_benchmark(16, scale.of(1_000_000), &move_it).await?;
    let (mut answers, mut seen) = (lock(&tally.answers), lock(&tally.seen));
    if let Some(refusal) = tally.refusal.get() {
        println!("the first that was refused: {}", refusal.trim_end());
    }
    Ok(Ride {
        per_second: taken / took,
        sent_per_second: tally.sent.load(Ordering::Relaxed) as f64 / took,
        refused: tally.refused.load(Ordering::Relaxed),
        answers: answers.summary(),
        seen: seen.summary(),
        hub_micros: (after.0 - before.0) * 1e6 / taken,
        redis_micros: (after.1 - before.1) * 1e6 / taken,
        raw: raw.per_second,
    })
}

/// What a phone says, and when it says it was.
fn report(Spot { lat, lng }: Spot) -> (Value, String) {
    let at = jiff::Timestamp::now();
    let at = format!("{at:.3}");
    (json!({"lat": lat, "lng": lng, "accuracyMeters": 5, "at": at}), at)
}

/// The same, and where it was shortly before.
fn reports(spot: Spot, each: usize) -> (Value, String) {
    let (newest, at) = report(spot);
    let past = EVERY / each as u32;
    let now = jiff::Timestamp::now();
    let before = |ago: usize| {
        let at = format!("{:.3}", now - past * ago as u32);
        json!({"lat": spot.lat, "lng": spot.lng, "accuracyMeters": 5, "at": at})
    };
    match each {
        1 => (newest, at),
        _ => ((1..each).rev().map(before).chain([newest]).collect(), at),
    }
}
