//! One rider's look at the jobs around: what they see, and telling them what changes of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Order, OrderId, Point, RiderId, Timestamp};
use serde::Serialize;

use super::{CHANNEL, LEAVE_FACTOR, Look};
use crate::latency::Stamp;
use crate::protocol::{Publication, payload};
use crate::topics::Listener;
use crate::view::JobView;

/// Who has moved less than this sees what they saw: positions are not much better than that.
pub(super) const MOVE_METERS: f64 = 25.0;

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
enum NearbyNews {
    Job {
        job: Box<JobView>,
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
        if !self.is_within(job) {
            return None;
        }
        let view = JobView::offered(job, &self.rider, self.point, now);
        self.visible.insert(job.id, view.claimable);
        Some(view)
    }

    /// Tells of a job, if it is near enough; and if it was but is not any more, of that.
    pub(super) fn tell_job(&mut self, job: &Order, now: Timestamp, stamp: Option<Stamp>) {
        match self.discover(job, now) {
            Some(job) => self.tell(&NearbyNews::Job { job: Box::new(job) }, stamp),
            None => self.tell_gone(job.id, Gone::OutOfRange, stamp),
        }
    }

    /// Tells of a job, if it is near enough and not seen so already.
    pub(super) fn tell_difference(&mut self, job: &Order, now: Timestamp) {
        let known = self.visible.get(&job.id).copied();
        if let Some(job) = self.discover(job, now)
            && known != Some(job.claimable)
        {
            self.tell(&NearbyNews::Job { job: Box::new(job) }, None);
        }
    }

    /// Tells that a job has gone, if it was seen.
    pub(super) fn tell_gone(&mut self, order_id: OrderId, reason: Gone, stamp: Option<Stamp>) {
        if self.visible.remove(&order_id).is_some() {
            self.tell(&NearbyNews::JobGone { order_id, reason }, stamp);
        }
    }

    /// Tells of every seen job that is too far away.
    pub(super) fn forget_far(&mut self, jobs: &HashMap<OrderId, Arc<Order>>) {
        let is_far = |id: &OrderId| jobs.get(id).is_some_and(|job| !self.is_within(job));
        let far: Vec<OrderId> = self.visible.keys().copied().filter(is_far).collect();
        for id in far {
            self.tell_gone(id, Gone::OutOfRange, None);
        }
    }

    /// Enters at the radius, leaves a little beyond it.
    fn is_within(&self, job: &Order) -> bool {
        let factor = if self.sees(job.id) { LEAVE_FACTOR } else { 1.0 };
        let radius_meters = f64::from(self.radius_meters) * factor;
        [job.shop.position, job.address.position]
            .into_iter()
            .any(|end| self.point.distance_meters(end) <= radius_meters)
    }

    fn tell(&self, news: &NearbyNews, stamp: Option<Stamp>) {
        let publications = [Publication { data: payload(news), offset: 0 }];
        self.listener.tell_aside(self.listener.encoding.news(CHANNEL, &publications), stamp);
    }
}
