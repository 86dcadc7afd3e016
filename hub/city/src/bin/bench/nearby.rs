//! Jobs that open, and the riders around them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use domain::Point;
use futures_util::{StreamExt, TryStreamExt, stream};
use memchr::memmem::Finder;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde_json::json;
use tokio::time::sleep;

use crate::Scale;
use crate::figures::{Table, Times, count, median};
use crate::orders::{self, Made};
use crate::peers::hub::{TONGUE, hello};
use crate::place::{Place, Spot};
use crate::plot::Plot;
use crate::swarm::Swarm;

/// Stores of the town.
pub(crate) const STORES: usize = 200;
/// How far riders look who do not say.
pub(crate) const RADIUS_METERS: u32 = 3_000;
/// Jobs that open one after the other.
const ALONE: usize = 50;
/// Jobs that open as fast as they can.
const TOGETHER: usize = 300;
/// How many cooks tap at once.
const COOKS: usize = 16;
/// How long the last rider may take to hear of the last job.
const HEARD_MAX: Duration = Duration::from_secs(60);
/// How long is listened before it is looked whether that is enough.
const LOOK_EVERY: Duration = Duration::from_millis(20);

static OPEN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#""state":"OPEN""#));
static ORDER_ID: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#""orderId":""#));
/// Characters of an id.
const ID_LENGTH: usize = 36;

/// Who has heard of which job, and how long after the cook's tap.
struct Heard {
    numbers: HashMap<Vec<u8>, usize>,
    tapped: Vec<OnceLock<Instant>>,
    heard: AtomicUsize,
    times: Mutex<Times>,
}

impl Heard {
    fn of(jobs: &[Made]) -> Arc<Heard> {
        let number = |(number, job): (usize, &Made)| (job.id.to_string().into_bytes(), number);
        Arc::new(Heard {
            numbers: jobs.iter().enumerate().map(number).collect(),
            tapped: jobs.iter().map(|_| OnceLock::new()).collect(),
            heard: AtomicUsize::new(0),
            times: Mutex::default(),
        })
    }

    /// Listens until nobody does any more.
    fn listen(self: Arc<Heard>, mut swarm: Swarm, is_over: &AtomicBool) -> anyhow::Result<()> {
        let clock = swarm.clock;
        while !is_over.load(Ordering::Relaxed) {
            swarm.overhear(LOOK_EVERY, |words, now| {
                let now = clock + Duration::from_nanos(now);
                words.split(|byte| *byte == b'\n').for_each(|line| self.hear(line, now));
            })?;
        }
        Ok(())
    }

    fn hear(&self, line: &[u8], now: Instant) {
        if OPEN.find(line).is_none() {
            return;
        }
        let begins = ORDER_ID.find(line).map(|at| at + ORDER_ID.needle().len());
        let id = begins.and_then(|at| line.get(at..at + ID_LENGTH));
        let number = id.and_then(|id| self.numbers.get(id));
        let tapped = number.and_then(|number| self.tapped[*number].get());
        let Some(tapped) = tapped else { return };
        self.times.lock().unwrap_or_else(PoisonError::into_inner).add(now.duration_since(*tapped));
        self.heard.fetch_add(1, Ordering::Release);
    }

    /// Waits until so many have been heard, or nothing more comes. Returns how many were.
    async fn until(&self, count: usize) -> usize {
        let started = Instant::now();
        while self.heard.load(Ordering::Acquire) < count && started.elapsed() < HEARD_MAX {
            sleep(Duration::from_millis(1)).await;
        }
        self.heard.load(Ordering::Acquire)
    }

    fn take_times(&self) -> Times {
        std::mem::take(&mut *self.times.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// From the cook's tap to the sockets of the riders around, one job at a time and many at once.
pub(crate) async fn jobs(scale: Scale) -> anyhow::Result<Table> {
    let mut table = Table::new("Jobs that open near riders (a town of 15 km, radius 3 km)");
    let mut plot = Plot::new("What a job costs, by riders in town", "riders", "ms, and µs each");
    for riders in [150, 1_000, 5_000, 15_000].map(|riders| scale.of(riders)) {
        let mut runs = Vec::new();
        for _ in 0..scale.runs {
            runs.push(open_jobs(scale, riders).await?);
        }
        runs.sort_by_key(|run| run.alone_p99);
        let rates = runs.iter().map(|run| run.jobs_per_second).collect();
        let beside = runs.iter().map(|run| run.appends_per_second).collect();
        let (rate, beside) = (median(rates), median(beside));
        let run = &runs[runs.len() / 2];
        let millis = run.alone_p99.as_secs_f64() * 1e3;
        plot.point("tap to the last socket, p99 in ms", riders as f64, millis);
        plot.point("hub for each who is told, in µs", riders as f64, run.micros_per_delivery);
        plot.point("who are told of a job", riders as f64, run.told_each);
        table.row(
            format!("{} riders, one job at a time: tap to socket", count(riders as f64)),
            run.alone.clone(),
            format!("the tap itself (HTTP and append): {}", run.taps),
            format!("{} told of each", count(run.told_each)),
        );
        table.row(
            format!("{} riders, jobs opened a second", count(riders as f64)),
            format!(
                "{} ({} deliveries a second, {:.1} µs of the hub each), lost {}",
                count(rate),
                count(run.deliveries_per_second),
                run.micros_per_delivery,
                run.lost
            ),
            format!("{} XADD a second", count(beside)),
            format!("{:.2}", rate / beside),
        );
    }
    table.plot(plot);
    Ok(table)
}

/// How many times some rider sees some job: compares everybody with everything.
async fn in_sight(place: &Place, jobs: &[Made], spots: &[Spot]) -> anyhow::Result<usize> {
    let mut count = 0;
    for job in jobs {
        let order = place.streams.load(job.id).await?.context("an order is gone")?.order;
        let ends = [order.shop.position, order.address.position];
        let sees = |spot: &&Spot| {
            let from = Point { lat: spot.lat, lng: spot.lng };
            ends.iter().any(|end| from.distance_meters(*end) <= f64::from(RADIUS_METERS))
        };
        count += spots.iter().filter(sees).count();
    }
    Ok(count)
}

/// A thread that listens until this is dropped.
struct Listening {
    is_over: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<anyhow::Result<()>>>,
}

impl Listening {
    fn begin(heard: Arc<Heard>, swarm: Swarm) -> Listening {
        let is_over = Arc::<AtomicBool>::default();
        let flag = is_over.clone();
        Listening { is_over, thread: Some(thread::spawn(move || heard.listen(swarm, &flag))) }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        match self.thread.take().map(thread::JoinHandle::join) {
            None | Some(Ok(Ok(()))) => (),
            Some(Ok(Err(error))) => eprintln!("listening broke off: {error:#}"),
            Some(Err(_)) => eprintln!("listening broke off"),
        }
    }
}

struct JobsRun {
    alone: String,
    alone_p99: Duration,
    taps: String,
    told_each: f64,
    jobs_per_second: f64,
    deliveries_per_second: f64,
    micros_per_delivery: f64,
    appends_per_second: f64,
    lost: usize,
}

async fn open_jobs(scale: Scale, riders: usize) -> anyhow::Result<JobsRun> {
    let mut place = Place::begin().await?;
    let (alone, together) = (scale.of(ALONE), scale.of(TOGETHER));
    let stores = orders::open_stores(&place.streams, STORES).await?;
    let jobs = orders::make(&place.streams, &stores, 0..alone + together, false).await?;
    place.open_hub().await?;
    let cooks: Vec<_> = (0..STORES).map(|index| format!("s-{index}")).collect();
    let cooks = place.tokens("store", &cooks).await?;
    let names: Vec<_> = (0..riders).map(|index| format!("r-{index}")).collect();
    let tokens = place.tokens("rider", &names).await?;
    place.all_put(&tokens, "/riders/me/online", &json!({})).await?;

    let heard = Heard::of(&jobs);
    let mut dice = SmallRng::seed_from_u64(2);
    let spots: Vec<Spot> = (0..riders).map(|_| Spot::anywhere(&mut dice)).collect();
    let expected = in_sight(&place, &jobs, &spots).await?;
    let greet = |index: usize| {
        let Spot { lat, lng } = spots[index];
        let data = json!({"lat": lat, "lng": lng, "radiusMeters": RADIUS_METERS});
        hello(&tokens[index], &json!({"channel": "nearby", "data": data}))
    };
    let swarm = Swarm::gather(place.hub(), TONGUE, &greet, riders).await?;
    let _listening = Listening::begin(heard.clone(), swarm);

    let mut taps = Times::default();
    let tap = async |number: usize| {
        let job = &jobs[number];
        let now = Instant::now();
        heard.tapped[number].get_or_init(|| now);
        let path = format!("/storeOrders/{}/finishCook", job.id);
        place.put(&cooks[job.store], &path, &json!({})).await.context("finishing a dish")?;
        Ok::<_, anyhow::Error>(now.elapsed())
    };
    for number in 0..alone {
        taps.add(tap(number).await?);
        // Everybody is told before the next one opens.
        sleep(Duration::from_millis(40)).await;
    }
    let mut times = heard.take_times();
    let told = times.len();

    let (before, started) = (place.hub_seconds()?, Instant::now());
    stream::iter(alone..jobs.len())
        .map(tap)
        .buffer_unordered(COOKS)
        .try_collect::<Vec<_>>()
        .await?;
    let got = heard.until(expected).await;
    let took = started.elapsed();
    let burden = place.hub_seconds()? - before;
    let deliveries = (got - told) as f64;
    let appends_per_second = place
        .redis_benchmark(1, scale.of(50_000), &["XADD", "bench", "*", "order", &"x".repeat(200)])
        .await?
        .per_second;
    Ok(JobsRun {
        alone: times.summary(),
        alone_p99: times.permille(990),
        taps: taps.summary(),
        told_each: told as f64 / alone as f64,
        jobs_per_second: together as f64 / took.as_secs_f64(),
        deliveries_per_second: deliveries / took.as_secs_f64(),
        micros_per_delivery: burden * 1e6 / deliveries,
        appends_per_second,
        lost: expected - got,
    })
}
