//! One rider's look at the jobs around: what they see, and telling them what changes of it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use domain::{Order, OrderId, Point, RiderId, Timestamp};
use serde::Serialize;

use super::bulletin::Bulletin;
use super::jobs::Jobs;
use super::{CHANNEL, JOBS_MAX, LEAVE_FACTOR, Look};
use crate::latency::Stamp;
use crate::protocol::{Encoding, Publication, payload};
use crate::topics::Listener;
use crate::view::{JobView, Offered, Terms};

/// Who has moved less than this sees what they saw: positions are not much better than that.
pub(super) const MOVE_METERS: f64 = 25.0;
/// Most jobs that anybody sees at a time: what came while they rode through a crowded town, too.
const VISIBLE_MAX: usize = 2 * JOBS_MAX;

#[derive(Debug)]
pub(super) struct Watcher {
    pub(super) rider: RiderId,
    pub(super) point: Point,
    pub(super) radius_meters: u32,
    pub(super) listener: Arc<Listener>,
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

/// Why a job is not shown any more.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Gone {
    Taken,
    Canceled,
    OutOfRange,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(super) enum NearbyNews<'a> {
    Job {
        job: Offered<'a>,
    },
    #[serde(rename_all = "camelCase")]
    JobGone {
        order_id: OrderId,
        reason: Gone,
    },
}

impl Watcher {
    pub(super) fn new(
        rider: RiderId,
        point: Point,
        radius_meters: u32,
        listener: Arc<Listener>,
        now: Timestamp,
    ) -> Watcher {
        Watcher {
            rider,
            point,
            radius_meters,
            listener,
            looked_from: point,
            seen_at: now,
            reported_at: Timestamp(0),
            visible: HashMap::new(),
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
        self.radius_meters = radius_meters;
        self.seen_at = self.seen_at.max(at);
        if is_far {
            self.looked_from = look.point;
        }
        is_far
    }

    /// The job as this rider sees it, if it is near enough; seen from now on.
    pub(super) fn discover(&mut self, job: &Order, now: Timestamp) -> Option<JobView> {
        self.meet(job, now).map(|_| JobView::offered(job, &self.rider, self.point, now))
    }

    /// Tells of a job, if it is near enough; and if it was but is not any more, of that.
    pub(super) fn tell_job(
        &mut self,
        job: &Order,
        bulletin: &Bulletin,
        now: Timestamp,
        stamp: Option<Stamp>,
    ) {
        match self.meet(job, now) {
            Some(terms) => {
                let message = bulletin.to(self.listener.encoding, terms);
                self.listener.tell_aside(message, stamp);
            }
            None => self.tell_gone(job.id, Gone::OutOfRange, stamp),
        }
    }

    /// What the job is to this rider, if it is near enough; seen from now on. Enters at the radius,
    /// leaves a little beyond it.
    fn meet(&mut self, job: &Order, now: Timestamp) -> Option<Terms> {
        let meters = self.point.distance_meters(job.shop.position);
        let is_within = |reach_meters: f64| {
            meters <= reach_meters
                || self.point.distance_meters(job.address.position) <= reach_meters
        };
        let radius_meters = f64::from(self.radius_meters);
        let terms = || Terms::of(job, &self.rider, meters, now);
        match self.visible.entry(job.id) {
            Entry::Occupied(mut seen) => {
                let terms = is_within(radius_meters * LEAVE_FACTOR).then(terms)?;
                seen.insert(terms.claimable);
                Some(terms)
            }
            Entry::Vacant(unseen) => {
                let terms = is_within(radius_meters).then(terms)?;
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
                    let message = Bulletin::of(job).to(self.listener.encoding, terms);
                    self.listener.tell_aside(message, None);
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
            jobs.get(*id).map_or(f64::INFINITY, |it| self.point.distance_meters(it.shop.position))
        };
        let mut seen: Vec<(f64, OrderId)> =
            self.visible.keys().map(|id| (meters(id), *id)).collect();
        seen.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
        for (_, id) in seen.into_iter().take(excess) {
            self.tell_gone(id, Gone::OutOfRange, None);
        }
    }

    fn tell(&self, told: &NearbyNews<'_>, stamp: Option<Stamp>) {
        self.listener.tell_aside(news(self.listener.encoding, told), stamp);
    }
}

/// As one message.
pub(super) fn news(encoding: Encoding, told: &NearbyNews<'_>) -> Bytes {
    encoding.news(CHANNEL, &[Publication { data: payload(told), offset: 0 }])
}
