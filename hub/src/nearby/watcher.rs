//! One rider's look at the jobs around: what they see, and telling them what changes of it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Order, OrderId, Point, RiderId, Timestamp};
use serde::Serialize;

use super::{CHANNEL, LEAVE_FACTOR, Look};
use crate::protocol::{Publication, payload};
use crate::topics::Listener;
use crate::view::JobView;

#[derive(Debug)]
pub(super) struct Watcher {
    pub(super) rider: RiderId,
    pub(super) point: Point,
    pub(super) radius_meters: u32,
    pub(super) listener: Arc<Listener>,
    /// When the rider last said where they are.
    seen_at: Instant,
    /// The same, in the words of the rider's phone.
    reported_at: Timestamp,
    visible: HashSet<OrderId>,
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
    ) -> Watcher {
        Watcher {
            rider,
            point,
            radius_meters,
            listener,
            seen_at: Instant::now(),
            reported_at: Timestamp(0),
            visible: HashSet::new(),
        }
    }

    /// Whether the rider's phone has not said something newer before.
    pub(super) fn is_news(&mut self, at: Timestamp) -> bool {
        let is_news = at > self.reported_at;
        self.reported_at = self.reported_at.max(at);
        is_news
    }

    /// Whether the rider's position is good enough to be offered something.
    pub(super) fn is_fresh(&self, now: Instant, stale: Duration) -> bool {
        now.duration_since(self.seen_at) <= stale
    }

    pub(super) fn sees(&self, job: OrderId) -> bool {
        self.visible.contains(&job)
    }

    /// Looks from elsewhere. Returns from where before.
    pub(super) fn turn(&mut self, look: Look) -> Point {
        self.seen_at = Instant::now();
        self.radius_meters = look.radius_meters.unwrap_or(self.radius_meters);
        std::mem::replace(&mut self.point, look.point)
    }

    /// The job as this rider sees it, if it is near enough; seen from now on.
    pub(super) fn discover(&mut self, job: &Order) -> Option<JobView> {
        if !self.is_within(job) {
            return None;
        }
        self.visible.insert(job.id);
        Some(JobView::of(job, &self.rider, Some(self.point)))
    }

    /// Tells of a job, if it is near enough.
    pub(super) fn tell_job(&mut self, job: &Order) {
        if let Some(job) = self.discover(job) {
            self.tell(&NearbyNews::Job { job: Box::new(job) });
        }
    }

    /// Tells that a job has gone, if it was seen.
    pub(super) fn tell_gone(&mut self, order_id: OrderId, reason: Gone) {
        if self.visible.remove(&order_id) {
            self.tell(&NearbyNews::JobGone { order_id, reason });
        }
    }

    /// Tells of every seen job that is too far away.
    pub(super) fn forget_far(&mut self, jobs: &HashMap<OrderId, Arc<Order>>) {
        let is_far = |id: &OrderId| jobs.get(id).is_some_and(|job| !self.is_within(job));
        let far: Vec<OrderId> = self.visible.iter().copied().filter(is_far).collect();
        for id in far {
            self.tell_gone(id, Gone::OutOfRange);
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

    fn tell(&self, news: &NearbyNews) {
        let publications = [Publication { data: payload(news), offset: 0 }];
        self.listener.tell_aside(self.listener.encoding.news(CHANNEL, &publications));
    }
}
