//! What riders are told of themselves while they follow their own channel: whether they are at
//! work, where they are, how many jobs they hold; by whatever hub and worker that changed.
//!
//! Positions are taken as they are heard. Of anything else it is only heard that it has changed,
//! and then the record is read, so what is told is always what is there.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::RiderId;
use futures_util::StreamExt;
use futures_util::stream;
use serde::Serialize;
use streams::{RiderRecord, Streams, Track};
use tokio::time::interval;

use crate::nearby::Nearby;
use crate::protocol::{Publication, Unsubscribed, payload};
use crate::topics::{Topic, Topics};
use crate::view::RiderView;

/// How often it is looked what there is to tell.
const SWEEP_EVERY: Duration = Duration::from_millis(250);
/// A rider is told of themselves at most once in this time.
const TOLD_EVERY: Duration = Duration::from_secs(1);
/// Records that are read at once, and in one sweep: the others have their turn in the next.
const READ_AT_ONCE: usize = 32;
const READ_MAX: usize = 512;

/// The riders who are connected here. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Presence(Arc<Shared>);

struct Shared {
    streams: Streams,
    topics: Topics,
    nearby: Nearby,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    riders: HashMap<RiderId, Own>,
    /// Of whom the record has to be read.
    doubtful: HashSet<RiderId>,
    /// Who may have something to be told.
    changed: HashSet<RiderId>,
}

/// What is known of one rider here.
#[derive(Default)]
struct Own {
    attended: usize,
    record: Option<RiderRecord>,
    told: Option<RiderView>,
    told_at: Option<Instant>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "rider")]
struct RiderNews<'a> {
    rider: &'a RiderView,
}

impl Presence {
    pub(crate) fn new(streams: Streams, topics: Topics, nearby: Nearby) -> Presence {
        Presence(Arc::new(Shared { streams, topics, nearby, known: Mutex::default() }))
    }

    /// Somebody here wants to know of this rider, from now until [`Presence::neglect`].
    pub(crate) fn attend(&self, rider: &RiderId) {
        let mut known = self.lock();
        known.riders.entry(rider.clone()).or_default().attended += 1;
        known.doubtful.insert(rider.clone());
    }

    /// And does not any more.
    pub(crate) fn neglect(&self, rider: &RiderId) {
        let mut known = self.lock();
        let Some(own) = known.riders.get_mut(rider) else { return };
        own.attended = own.attended.saturating_sub(1);
        if own.attended == 0 {
            known.riders.remove(rider);
            known.doubtful.remove(rider);
            known.changed.remove(rider);
        }
    }

    /// A rider has just been shown `view`. Whoever was shown something else before is still told.
    pub(crate) fn shown(&self, view: &RiderView) {
        if let Some(own) = self.lock().riders.get_mut(&view.id) {
            own.told.get_or_insert_with(|| view.clone());
        }
    }

    /// A rider has come back without being shown anything: they may have missed something.
    pub(crate) fn owe(&self, rider: &RiderId) {
        if let Some(own) = self.lock().riders.get_mut(rider) {
            own.told = None;
        }
    }

    /// Something was heard of a rider.
    pub(crate) fn hear(&self, rider: &RiderId, track: &Track) {
        let mut known = self.lock();
        let Some(own) = known.riders.get_mut(rider) else { return };
        match track {
            Track::Changed => known.doubtful.insert(rider.clone()),
            Track::Fix(fix, _) => {
                let Some(record) = &mut own.record else { return };
                if record.at.is_some_and(|at| at >= fix.at) {
                    return;
                }
                (record.position, record.at) = (Some(fix.point), Some(fix.at));
                known.changed.insert(rider.clone())
            }
        };
    }

    /// Reads and tells for ever. Whoever spawned it stops it.
    pub(crate) async fn run(self) {
        let mut sweeps = interval(SWEEP_EVERY);
        sweeps.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            sweeps.tick().await;
            self.read().await;
            self.tell();
        }
    }

    async fn read(&self) {
        let doubtful: Vec<RiderId> =
            self.lock().doubtful.extract_if(|_| true).take(READ_MAX).collect();
        // Looks that begin after this know better than what is read now.
        let mark = self.0.nearby.mark();
        let read = |rider: RiderId| async move {
            let record = self.0.streams.rider(&rider).await;
            (rider, record)
        };
        let mut records = stream::iter(doubtful).map(read).buffer_unordered(READ_AT_ONCE);
        while let Some((rider, record)) = records.next().await {
            match record {
                Ok(record) => self.learn(record, mark),
                // Redis is away; asked again with the next sweep.
                Err(_) => self.doubt(rider),
            }
        }
    }

    fn learn(&self, read: RiderRecord, mark: u64) {
        let mut known = self.lock();
        let rider = read.id.clone();
        let is_online = read.online;
        let Some(own) = known.riders.get_mut(&rider) else { return };
        own.record = Some(match own.record.take() {
            // A position that was heard while this was read.
            Some(before) if before.at > read.at => {
                RiderRecord { position: before.position, at: before.at, ..read }
            }
            _ => read,
        });
        known.changed.insert(rider.clone());
        drop(known);
        if !is_online {
            self.0.nearby.end(&rider, mark, Unsubscribed::BY_SERVER);
        }
    }

    fn doubt(&self, rider: RiderId) {
        let mut known = self.lock();
        if known.riders.contains_key(&rider) {
            known.doubtful.insert(rider);
        }
    }

    fn tell(&self) {
        let mut due = Vec::new();
        let mut known = self.lock();
        let Known { riders, changed, .. } = &mut *known;
        changed.retain(|rider| {
            let Some(own) = riders.get_mut(rider) else { return false };
            let Some(view) = own.record.as_ref().map(RiderView::of) else { return false };
            if own.told.as_ref() == Some(&view) {
                return false;
            }
            if own.told_at.is_some_and(|at| at.elapsed() < TOLD_EVERY) {
                return true;
            }
            own.told_at = Some(Instant::now());
            own.told = Some(view.clone());
            due.push(view);
            false
        });
        drop(known);
        for rider in due {
            let publication =
                Publication { data: payload(&RiderNews { rider: &rider }), offset: 0 };
            self.0.topics.tell_aside(&Topic::Rider(rider.id.clone()), &publication);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
