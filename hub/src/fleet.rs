//! Where the riders of the city are, as far as that concerns others: what this hub hears goes to
//! Redis once a tick, and what all hubs have heard comes back, as a count for those who wait until
//! somebody takes a job, and as a map for operators.
//!
//! The count is told beside the order and is no part of it: it changes while the order does not,
//! and for equal versions every hub must show the same bytes of an order. It has no place in the
//! feed either; what is missed of it is told again.

mod heard;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as Moment};

use domain::{OrderId, Point, RiderId, StoreId};
use serde::Serialize;
use streams::{Cell, Error, RiderRecord, Streams};
use tokio::time::interval;

use crate::clock;
use crate::counters::Counters;
use crate::nearby::{Grid, Nearby, OpenJob};
use crate::protocol::{Publication, payload};
use crate::topics::{Topic, Topics};
use crate::view::{Instant, RiderPlaceView, RidersMapView, RidersNearView};
use heard::Heard;

/// How often this hub writes down what it has heard.
const TICK: Duration = Duration::from_secs(1);
/// In every so many ticks it looks at what all have heard.
const LOOK_TICKS: u32 = 2;
/// What has not changed is told again after this long, to those who have missed it.
const RETOLD_EVERY: Duration = Duration::from_secs(10);
/// Most riders on the map of operators: some 100 kB.
const RIDERS_MAPPED_MAX: usize = 2_000;

/// The riders of the city. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Fleet(Arc<Shared>);

struct Shared {
    streams: Streams,
    topics: Topics,
    nearby: Nearby,
    counters: Arc<Counters>,
    /// For how long a position counts.
    stale: Duration,
    heard: Mutex<Heard>,
    seen: Mutex<Seen>,
}

/// What was told last.
#[derive(Default)]
struct Seen {
    near: HashMap<OrderId, Told<RidersNearView>>,
    map: Option<Told<RidersMapView>>,
}

struct Told<T> {
    what: T,
    when: Moment,
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "ridersNear")]
struct RidersNear<'a> {
    #[serde(flatten)]
    near: &'a RidersNearView,
}

impl Fleet {
    pub(crate) fn new(
        streams: Streams,
        topics: Topics,
        nearby: Nearby,
        counters: Arc<Counters>,
        stale: Duration,
    ) -> Fleet {
        let (heard, seen) = (Mutex::default(), Mutex::default());
        Fleet(Arc::new(Shared { streams, topics, nearby, counters, stale, heard, seen }))
    }

    /// A rider has said where they are; written down with the next tick, the newest only.
    pub(crate) fn rider_moved(&self, rider: &RiderId, point: Point) {
        self.heard().take(rider, point);
    }

    /// A rider does not work any more, and counts nowhere.
    pub(crate) async fn rider_left(&self, record: &RiderRecord) {
        self.heard().forget(&record.id);
        let Some(point) = record.position else { return };
        let forgotten = self.0.streams.forget_place(&record.id, point, self.0.stale).await;
        // Otherwise forgotten by itself, within a minute.
        note_failure(forgotten, "left a rider on the map who is gone");
    }

    /// How many riders could take a job, as it was told last.
    pub(crate) fn near(&self, order: OrderId) -> Option<RidersNearView> {
        self.seen().near.get(&order).map(|told| told.what.clone())
    }

    /// Where riders are, as it was told last.
    pub(crate) fn map(&self) -> RidersMapView {
        self.seen().map.as_ref().map(|told| told.what.clone()).unwrap_or_default()
    }

    /// Writes, looks and tells for ever. Whoever spawned it stops it.
    pub(crate) async fn run(self) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        for tick in 0_u32.. {
            ticks.tick().await;
            note_failure(self.write().await, "where riders are was not written down");
            if tick.is_multiple_of(LOOK_TICKS) {
                note_failure(self.look().await, "where riders are could not be read");
            }
        }
    }

    async fn write(&self) -> Result<(), Error> {
        let places = self.heard().drain(Moment::now(), self.0.stale);
        match places.is_empty() {
            true => Ok(()),
            false => self.0.streams.note_places(&places, self.0.stale).await,
        }
    }

    async fn look(&self) -> Result<(), Error> {
        let jobs = self.watched_jobs();
        let is_mapped = self.0.counters.is_heard();
        self.forget_unwatched(&jobs, is_mapped);
        let cells: Vec<Cell> = match is_mapped {
            true => self.0.streams.cells_with_riders(self.0.stale).await?,
            false => {
                let around = |job: &OpenJob| Cell::around(job.pickup, f64::from(job.ring_meters));
                jobs.iter().flat_map(around).collect::<HashSet<_>>().into_iter().collect()
            }
        };
        if jobs.is_empty() && !is_mapped {
            return Ok(());
        }
        let riders = self.0.streams.riders_in(&cells, self.0.stale).await?;
        self.tell_counts(&jobs, &riders);
        if is_mapped {
            self.tell_map(&riders);
        }
        Ok(())
    }

    /// The jobs that can be claimed and whose order or store somebody here follows.
    fn watched_jobs(&self) -> Vec<OpenJob> {
        let topics = &self.0.topics;
        self.0.nearby.open_jobs(|order: OrderId, store: &StoreId| {
            topics.is_heard(&Topic::Order(order)) || topics.is_heard(&Topic::Store(store.clone()))
        })
    }

    fn forget_unwatched(&self, jobs: &[OpenJob], is_mapped: bool) {
        let watched: HashSet<OrderId> = jobs.iter().map(|job| job.order).collect();
        let mut seen = self.seen();
        seen.near.retain(|order, _| watched.contains(order));
        if !is_mapped {
            seen.map = None;
        }
    }

    /// Costs as much as riders are near the jobs.
    fn tell_counts(&self, jobs: &[OpenJob], riders: &[(RiderId, Point)]) {
        let mut places = Grid::default();
        for (index, (_, point)) in riders.iter().enumerate() {
            places.insert(*point, index);
        }
        let at = Instant(clock::now());
        for job in jobs {
            let ring_meters = f64::from(job.ring_meters);
            // A claim goes by whole meters.
            let count = places.within(job.pickup, ring_meters + 0.5).count();
            let near = RidersNearView { order_id: job.order, count, at };
            let is_told = {
                let mut seen = self.seen();
                let told = seen.near.get(&job.order);
                let is_due = told.is_none_or(|it| it.what.count != count || it.is_old());
                if is_due {
                    seen.near.insert(job.order, Told::now(near.clone()));
                }
                !is_due
            };
            // Somebody may have taken it while the riders were read.
            if is_told || !self.0.nearby.is_open(job.order) {
                continue;
            }
            let news = payload(&RidersNear { near: &near });
            let publication = Publication { data: news, offset: 0 };
            self.0.topics.tell_aside(&Topic::Order(job.order), &publication);
            self.0.topics.tell_aside(&Topic::Store(job.store.clone()), &publication);
        }
    }

    fn tell_map(&self, riders: &[(RiderId, Point)]) {
        let mut places: Vec<RiderPlaceView> =
            riders.iter().map(|(id, point)| RiderPlaceView::of(id, *point)).collect();
        places.sort_by(|one, other| one.id.as_str().cmp(other.id.as_str()));
        places.truncate(RIDERS_MAPPED_MAX);
        let map = RidersMapView { riders: places, total: riders.len() };
        {
            let mut seen = self.seen();
            if seen.map.as_ref().is_some_and(|told| told.what == map && !told.is_old()) {
                return;
            }
            seen.map = Some(Told::now(map.clone()));
        }
        self.0.counters.tell_map(&map);
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Told<T> {
    fn now(what: T) -> Told<T> {
        Told { what, when: Moment::now() }
    }

    fn is_old(&self) -> bool {
        self.when.elapsed() >= RETOLD_EVERY
    }
}

/// Nothing is lost by a failure: all of this is written and read anew in a moment.
fn note_failure(result: Result<(), Error>, message: &'static str) {
    if let Err(error) = result {
        tracing::debug!(error = &error as &dyn std::error::Error, "{message}");
    }
}
