//! One rider's look at the jobs around: what they see, and telling them what changes of it.

use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use domain::{OrderId, Point, RiderId, Timestamp};
use foldhash::HashMap;

use super::bulletin::Bulletin;
use super::jobs::{Job, Jobs};
use super::mail::{Gone, Mail, NearbyNews, news};
use super::sphere::{Place, Reach};
use super::{JOBS_MAX, LEAVE_FACTOR, Look};
use crate::latency::Stamp;
use crate::topics::Listener;
use crate::view::{JobView, Terms};

/// Who has moved less than this sees what they saw: positions are not much better than that.
pub(super) const MOVE_METERS: f64 = 25.0;
/// Most jobs that anybody sees at a time: what came while they rode through a crowded town, too.
const VISIBLE_MAX: usize = 2 * JOBS_MAX;

#[derive(Debug)]
pub(super) struct Watcher {
    pub(super) rider: RiderId,
    pub(super) point: Point,
    pub(super) radius_meters: u32,
    place: Place,
    /// Jobs are seen when they come within the first, and until they leave the second.
    enters: Reach,
    leaves: Reach,
    pub(super) listener: Arc<Listener>,
    /// What they have yet to be told.
    mail: Mail,
    /// Whether somebody knows that there is some.
    is_due: bool,
    /// From where the rider last looked around.
    looked_from: Point,
    /// Of when the newest position is.
    seen_at: Timestamp,
    /// Of when the newest is that was reported by itself, in the words of the rider's phone.
    reported_at: Timestamp,
    /// What the rider sees, and whether they were told that they could claim it.
    visible: HashMap<OrderId, bool>,
    /// Whether there was more to see than could be shown.
    pub(super) has_more: bool,
}

impl Watcher {
    pub(super) fn new(
        rider: RiderId,
        point: Point,
        radius_meters: u32,
        listener: Arc<Listener>,
        now: Timestamp,
    ) -> Watcher {
        let (enters, leaves) = reaches(radius_meters);
        Watcher {
            rider,
            point,
            radius_meters,
            place: Place::of(point),
            enters,
            leaves,
            listener,
            mail: Mail::default(),
            is_due: false,
            looked_from: point,
            seen_at: now,
            reported_at: Timestamp(0),
            visible: HashMap::default(),
            has_more: false,
        }
    }

    /// Whether the rider's phone has not said something newer before.
    pub(super) fn is_news(&mut self, at: Timestamp) -> bool {
        let is_news = at > self.reported_at;
        self.reported_at = self.reported_at.max(at);
        is_news
    }

    /// Whether the rider's position is good enough to be offered something.
    pub(super) fn is_fresh(&self, now: Timestamp, stale: Duration) -> bool {
        now.since(self.seen_at) <= stale
    }

    /// Whether what comes on offer nearby is to be shown, too.
    pub(super) fn may_see_more(&self, now: Timestamp, stale: Duration) -> bool {
        self.is_fresh(now, stale) && self.visible.len() < VISIBLE_MAX
    }

    /// Whether it is time to show what could not be shown before.
    pub(super) fn wants_more(&self) -> bool {
        self.has_more && self.visible.len() < JOBS_MAX / 2
    }

    pub(super) fn sees(&self, job: OrderId) -> bool {
        self.visible.contains_key(&job)
    }

    /// Is elsewhere since `at`, or looks further. Returns whether there may be something else to
    /// see.
    pub(super) fn turn(&mut self, look: Look, at: Timestamp) -> bool {
        let radius_meters = look.radius_meters.unwrap_or(self.radius_meters);
        let is_far = self.looked_from.distance_meters(look.point) >= MOVE_METERS
            || radius_meters != self.radius_meters;
        self.point = look.point;
        self.place = Place::of(look.point);
        self.radius_meters = radius_meters;
        (self.enters, self.leaves) = reaches(radius_meters);
        self.seen_at = self.seen_at.max(at);
        if is_far {
            self.looked_from = look.point;
        }
        is_far
    }

    /// The job as this rider sees it, if it is near enough; seen from now on.
    pub(super) fn discover(&mut self, job: &Job, now: Timestamp) -> Option<JobView> {
        self.meet(job, now).map(|_| JobView::offered(job, &self.rider, self.point, now))
    }

    /// Tells of a job, if it is near enough; and if it was but is not any more, of that.
    pub(super) fn tell_job(
        &mut self,
        job: &Job,
        bulletin: &Bulletin,
        now: Timestamp,
        stamp: Option<Stamp>,
    ) {
        match self.meet(job, now) {
            Some(terms) => {
                bulletin.write_to(&mut self.mail, self.listener.encoding, terms);
                self.written(stamp);
            }
            None => self.tell_gone(job.id, Gone::OutOfRange, stamp),
        }
    }

    /// What the job is to this rider, if it is near enough; seen from now on. Enters at the radius,
    /// leaves a little beyond it.
    fn meet(&mut self, job: &Job, now: Timestamp) -> Option<Terms> {
        let Watcher { place, enters, leaves, .. } = *self;
        let is_within =
            |reach| [job.pickup, job.dropoff].iter().any(|end| end.is_within(reach, place));
        let terms = || Terms::of(job, &self.rider, place.meters_to(job.pickup), now);
        match self.visible.entry(job.id) {
            Entry::Occupied(mut seen) => {
                let terms = is_within(leaves).then(terms)?;
                seen.insert(terms.claimable);
                Some(terms)
            }
            Entry::Vacant(unseen) => {
                let terms = is_within(enters).then(terms)?;
                unseen.insert(terms.claimable);
                Some(terms)
            }
        }
    }

    /// Tells that a job has gone, if it was seen.
    pub(super) fn tell_gone(&mut self, order_id: OrderId, reason: Gone, stamp: Option<Stamp>) {
        if self.visible.remove(&order_id).is_some() {
            self.tell(&NearbyNews::JobGone { order_id, reason }, stamp);
        }
    }

    /// Tells of every seen job that is too far away now, or can be claimed and could not, or the
    /// other way round.
    pub(super) fn tell_differences(&mut self, jobs: &Jobs, now: Timestamp) {
        let seen: Vec<(OrderId, bool)> = self.visible.iter().map(|(id, was)| (*id, *was)).collect();
        for (id, was_claimable) in seen {
            let Some(job) = jobs.get(id) else { continue };
            match self.meet(job, now) {
                Some(terms) if terms.claimable == was_claimable => (),
                Some(terms) => {
                    let encoding = self.listener.encoding;
                    Bulletin::of(job).write_to(&mut self.mail, encoding, terms);
                    self.written(None);
                }
                None => self.tell_gone(id, Gone::OutOfRange, None),
            }
        }
    }

    /// Lets go of the jobs furthest away, if there are more than anybody can look at.
    pub(super) fn forget_excess(&mut self, jobs: &Jobs) {
        let excess = self.visible.len().saturating_sub(VISIBLE_MAX);
        if excess == 0 {
            return;
        }
        let meters = |id: &OrderId| {
            jobs.get(*id).map_or(f64::INFINITY, |it| self.place.meters_to(it.pickup))
        };
        let mut seen: Vec<(f64, OrderId)> =
            self.visible.keys().map(|id| (meters(id), *id)).collect();
        seen.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
        for (_, id) in seen.into_iter().take(excess) {
            self.tell_gone(id, Gone::OutOfRange, None);
        }
    }

    /// Whether there is something to deliver of which nobody knows yet.
    pub(super) fn becomes_due(&mut self) -> bool {
        let is_known = std::mem::replace(&mut self.is_due, !self.mail.is_empty());
        self.is_due && !is_known
    }

    /// Tells what there is to tell.
    pub(super) fn deliver(&mut self) {
        self.is_due = false;
        if !self.mail.is_empty() {
            self.listener.tell_aside(self.mail.take());
        }
    }

    fn tell(&mut self, told: &NearbyNews<'_>, stamp: Option<Stamp>) {
        let encoding = self.listener.encoding;
        self.mail.add(encoding, &[&news(encoding, told)]);
        self.written(stamp);
    }

    fn written(&mut self, stamp: Option<Stamp>) {
        self.mail.stamp(stamp);
        if self.mail.is_full() {
            self.deliver();
        }
    }
}

fn reaches(radius_meters: u32) -> (Reach, Reach) {
    let meters = f64::from(radius_meters);
    (Reach::of_meters(meters), Reach::of_meters(meters * LEAVE_FACTOR))
}
