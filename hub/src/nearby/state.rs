//! Who looks, what is on offer, and who is told what comes and goes. Reads no clock.

use std::sync::Arc;
use std::time::Duration;

use domain::{DeliveryState, Order, OrderId, Point, RiderId, Timestamp};
use foldhash::{HashMap, HashSet};

use super::bulletin::Bulletin;
use super::jobs::{Job, Jobs, Nearest};
use super::mail::Gone;
use super::reach::Reaches;
use super::watcher::Watcher;
use super::{JOBS_MAX, Look};
use crate::latency::Stamp;
use crate::view::JobView;

#[derive(Debug)]
pub(super) struct State {
    /// A rider who has not said where they are for longer is offered nothing new.
    pub(super) stale: Duration,
    pub(super) jobs: Jobs,
    pub(super) watchers: HashMap<u64, Watcher>,
    pub(super) positions: Reaches,
    pub(super) riders: HashMap<RiderId, Vec<u64>>,
    /// Riders of whom a newer position is known than the one they look from.
    pub(super) moved: HashMap<RiderId, (Point, Timestamp)>,
    /// Those of whose jobs so many have gone that they may see others, which were too many before.
    pub(super) eager: HashSet<u64>,
    /// What was heard and nobody was told yet, and whom each may concern.
    heard: Vec<Heard>,
    concerned: Vec<(u64, usize)>,
    /// Those who are to be told something else. Whoever changes anything sees to it that they are.
    due: Vec<u64>,
    pub(super) next: u64,
}

/// What became of a job.
#[derive(Debug)]
struct Heard {
    fate: Fate,
    now: Timestamp,
    stamp: Option<Stamp>,
}

#[derive(Debug)]
enum Fate {
    OnOffer(Arc<Job>, Box<Bulletin>),
    Gone(OrderId, Gone),
}

impl State {
    pub(super) fn new(stale: Duration) -> State {
        State {
            stale,
            jobs: Jobs::default(),
            watchers: HashMap::default(),
            positions: Reaches::default(),
            riders: HashMap::default(),
            moved: HashMap::default(),
            eager: HashSet::default(),
            heard: Vec::new(),
            concerned: Vec::new(),
            due: Vec::new(),
            next: 0,
        }
    }

    /// Somebody begins to look. Returns what they see, nearest pick-up first.
    pub(super) fn add(&mut self, mut watcher: Watcher, now: Timestamp) -> (u64, Vec<JobView>) {
        self.next += 1;
        let id = self.next;
        let near = self.nearest(&watcher);
        watcher.has_more = near.is_cut;
        let jobs = near.jobs.iter().filter_map(|job| watcher.discover(job, now)).collect();
        self.positions.insert(watcher.point, watcher.radius_meters, id);
        self.riders.entry(watcher.rider.clone()).or_default().push(id);
        self.watchers.insert(id, watcher);
        (id, jobs)
    }

    pub(super) fn remove(&mut self, id: u64) {
        let Some(watcher) = self.watchers.remove(&id) else { return };
        self.eager.remove(&id);
        self.positions.remove(watcher.point, watcher.radius_meters, id);
        if let Some(ids) = self.riders.get_mut(&watcher.rider) {
            ids.retain(|it| *it != id);
            if ids.is_empty() {
                self.riders.remove(&watcher.rider);
                self.moved.remove(&watcher.rider);
            }
        }
    }

    /// An order is different since `stamp`.
    pub(super) fn take(&mut self, order: Order, now: Timestamp, stamp: Option<Stamp>) {
        match order.is_job_on_offer() {
            true => self.offer(Arc::new(order.into()), now, stamp),
            false => self.withdraw(&order, now, stamp),
        }
    }

    /// A job is on offer, or what is on offer has changed.
    fn offer(&mut self, job: Arc<Job>, now: Timestamp, stamp: Option<Stamp>) {
        self.jobs.put(job.clone());
        let ids = self.watchers_around(&job);
        self.hear(ids, now, stamp, || {
            let bulletin = Box::new(Bulletin::of(&job));
            Fate::OnOffer(job, bulletin)
        });
    }

    /// A job is not on offer any more.
    fn withdraw(&mut self, order: &Order, now: Timestamp, stamp: Option<Stamp>) {
        self.jobs.remove(order);
        let gone = match order.delivery.state {
            DeliveryState::Claimed | DeliveryState::PickedUp | DeliveryState::Completed => {
                Gone::Taken
            }
            _ => Gone::Canceled,
        };
        let ids = self.watchers_around(order);
        self.hear(ids, now, stamp, || Fate::Gone(order.id, gone));
    }

    /// Keeps what is to be told to some. What concerns nobody is not written.
    fn hear(
        &mut self,
        ids: Vec<u64>,
        now: Timestamp,
        stamp: Option<Stamp>,
        fate: impl FnOnce() -> Fate,
    ) {
        if !ids.is_empty() {
            let place = self.heard.len();
            self.concerned.extend(ids.into_iter().map(|id| (id, place)));
            self.heard.push(Heard { fate: fate(), now, stamp });
        }
    }

    pub(super) fn moved_to(&mut self, rider: &RiderId, point: Point, at: Timestamp) {
        if !self.riders.contains_key(rider) {
            return;
        }
        let moved = self.moved.entry(rider.clone()).or_insert((point, at));
        if at > moved.1 {
            *moved = (point, at);
        }
    }

    /// Lets some of those who have reason to look around do so, at most `max`. Returns whether
    /// there are more.
    pub(super) fn tick(&mut self, now: Timestamp, max: usize) -> bool {
        let moved: Vec<_> = self.moved.extract_if(|_, _| true).take(max).collect();
        let eager_max = max - moved.len();
        for (rider, (point, at)) in moved {
            for id in self.riders.get(&rider).cloned().unwrap_or_default() {
                if self.watchers.get_mut(&id).is_some_and(|it| it.is_news(at)) {
                    self.turn(id, Look { point, radius_meters: None }, at, now);
                }
            }
        }
        let eager: Vec<u64> = self.eager.extract_if(|_| true).take(eager_max).collect();
        for id in eager {
            self.look(id, now);
        }
        !(self.moved.is_empty() && self.eager.is_empty())
    }

    /// A rider is somewhere else since `at`, or looks further.
    pub(super) fn turn(&mut self, id: u64, look: Look, at: Timestamp, now: Timestamp) {
        // What was heard before is seen from where they were.
        self.tell_heard();
        let Some(watcher) = self.watchers.get_mut(&id) else { return };
        let (point, radius_meters) = (watcher.point, watcher.radius_meters);
        let was_fresh = watcher.is_fresh(now, self.stale);
        let is_far = watcher.turn(look, at);
        self.positions.remove(point, radius_meters, id);
        self.positions.insert(watcher.point, watcher.radius_meters, id);
        // Who comes back after a silence has missed what was offered meanwhile.
        if is_far || !was_fresh {
            self.look(id, now);
        }
    }

    /// Compares what a rider sees with what is near, and tells the difference.
    pub(super) fn look(&mut self, id: u64, now: Timestamp) {
        // Or the same would be told twice.
        self.tell_heard();
        self.eager.remove(&id);
        let Some(watcher) = self.watchers.get(&id) else { return };
        let is_fresh = watcher.is_fresh(now, self.stale);
        let near = is_fresh.then(|| self.nearest(watcher));
        let Some(watcher) = self.watchers.get_mut(&id) else { return };
        watcher.tell_differences(&self.jobs, now);
        if let Some(near) = near {
            watcher.has_more = near.is_cut;
            for job in near.jobs {
                if !watcher.sees(job.id) {
                    watcher.tell_job(&job, &Bulletin::of(&job), now, None);
                }
            }
            watcher.forget_excess(&self.jobs);
        }
        self.due.extend(watcher.becomes_due().then_some(id));
    }

    /// Tells everybody what there is to tell them.
    pub(super) fn deliver(&mut self) {
        self.tell_heard();
        for id in self.due.drain(..) {
            if let Some(watcher) = self.watchers.get_mut(&id) {
                watcher.deliver();
            }
        }
    }

    /// Tells what was heard: to one after the other all of it, because what takes the time is to
    /// come to one of thousands.
    fn tell_heard(&mut self) {
        if self.heard.len() > 1 {
            self.concerned.sort_unstable();
        }
        for news in self.concerned.chunk_by(|(one, _), (other, _)| one == other) {
            let Some(&(id, _)) = news.first() else { continue };
            let Some(watcher) = self.watchers.get_mut(&id) else { continue };
            for (_, place) in news {
                let Heard { fate, now, stamp } = &self.heard[*place];
                match fate {
                    Fate::OnOffer(job, bulletin) => {
                        if watcher.may_see_more(*now, self.stale) || watcher.sees(job.id) {
                            watcher.tell_job(job, bulletin, *now, *stamp);
                        }
                    }
                    Fate::Gone(order, gone) => watcher.tell_gone(*order, *gone, *stamp),
                }
            }
            if watcher.wants_more() {
                self.eager.insert(id);
            }
            watcher.deliver();
        }
        self.heard.clear();
        self.concerned.clear();
    }

    fn nearest(&self, watcher: &Watcher) -> Nearest {
        self.jobs.nearest(watcher.point, f64::from(watcher.radius_meters), JOBS_MAX)
    }

    /// Whoever may see a job: near either end of it.
    pub(super) fn watchers_around(&self, job: &Order) -> Vec<u64> {
        self.positions.around(job.shop.position, job.address.position)
    }
}
