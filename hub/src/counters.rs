//! What operators see at a glance: how many orders this hub has seen come and go, and how many
//! people are connected to it. Counted from the feeds since the start of the process.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use domain::Order;
use serde::Serialize;
use streams::{Entry, Kind};
use tokio::time::interval;

use crate::nearby::Nearby;
use crate::protocol::{Encoding, Publication, payload};
use crate::session::{Letter, Newest};
use crate::topics::{Listener, Topics};
use crate::view::{Audience, Instant, OrderView, RidersMapView};

/// How often the numbers are told.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Events after which a person should look at the order.
const ALARMS: [&str; 4] = ["StoreReminded", "RiderMissing", "ProblemReported", "RefundFailed"];

/// The name of the channel.
pub(crate) const CHANNEL: &str = "ops";

/// The numbers, and who is told of them.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    appends: AtomicU64,
    placed: AtomicU64,
    cooking: AtomicU64,
    delivering: AtomicU64,
    delivered: AtomicU64,
    canceled: AtomicU64,
    per_second: AtomicU64,
    pub(crate) sockets: AtomicUsize,
    listeners: Mutex<Vec<Arc<Listener>>>,
}

/// The numbers at one moment.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CountersView {
    orders: u64,
    placed: u64,
    cooking: u64,
    delivering: u64,
    delivered: u64,
    canceled: u64,
    events_per_second: u64,
    sockets: usize,
    subscriptions: usize,
    riders: usize,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum OpsNews<'a> {
    Counters(&'a CountersView),
    #[serde(rename_all = "camelCase")]
    Attention {
        order: Box<OrderView>,
        event: &'a str,
        at: Instant,
    },
    Riders(&'a RidersMapView),
}

impl Counters {
    /// Counts an entry of a feed; operators are told at once of what a person should look at.
    pub(crate) fn count(&self, entry: &Entry, order: Option<&Order>) {
        if entry.kind != Kind::Order {
            return;
        }
        self.appends.fetch_add(1, Ordering::Relaxed);
        for event in entry.events.split(',') {
            let counter = match event {
                "OrderPlaced" => &self.placed,
                "CookStarted" => &self.cooking,
                "DeliveryStarted" => &self.delivering,
                "DeliveryCompleted" => &self.delivered,
                "OrderCanceled" | "OrderRejected" => &self.canceled,
                alarm if ALARMS.contains(&alarm) => {
                    self.alarm(entry, order, alarm);
                    continue;
                }
                _ => continue,
            };
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The numbers now.
    pub(crate) fn view(&self, topics: &Topics, nearby: &Nearby) -> CountersView {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CountersView {
            orders: read(&self.appends),
            placed: read(&self.placed),
            cooking: read(&self.cooking),
            delivering: read(&self.delivering),
            delivered: read(&self.delivered),
            canceled: read(&self.canceled),
            events_per_second: read(&self.per_second),
            sockets: self.sockets.load(Ordering::Relaxed),
            subscriptions: topics.listeners(),
            riders: nearby.riders(),
        }
    }

    /// Tells the numbers every second, for ever. Whoever spawned it stops it.
    pub(crate) async fn run(self: Arc<Self>, topics: Topics, nearby: Nearby) {
        let mut seconds = interval(TOLD_EVERY);
        let mut before = 0;
        loop {
            seconds.tick().await;
            let appends = self.appends.load(Ordering::Relaxed);
            self.per_second.store(appends - before, Ordering::Relaxed);
            before = appends;
            if !self.lock().is_empty() {
                self.tell(&OpsNews::Counters(&self.view(&topics, &nearby)));
            }
        }
    }

    /// From now on `listener` is told, as long as the result lives.
    pub(crate) fn listen(self: &Arc<Self>, listener: Arc<Listener>) -> CountersListing {
        self.lock().push(listener.clone());
        CountersListing { counters: self.clone(), listener }
    }

    /// Whether anybody is told.
    pub(crate) fn is_heard(&self) -> bool {
        !self.lock().is_empty()
    }

    /// Tells where riders are. Large, so it is written once for all, and whoever reads slowly gets
    /// the newest only.
    pub(crate) fn tell_map(&self, map: &RidersMapView) {
        let publications = [Publication { data: payload(&OpsNews::Riders(map)), offset: 0 }];
        let mut rendered: Vec<(Encoding, Bytes)> = Vec::new();
        for listener in self.lock().iter() {
            let known = rendered.iter().find(|(encoding, _)| *encoding == listener.encoding);
            let message = known.map(|(_, message)| message.clone()).unwrap_or_else(|| {
                let message = listener.encoding.news(CHANNEL, &publications);
                rendered.push((listener.encoding, message.clone()));
                message
            });
            listener.tell_newest(Newest::Riders, message);
        }
    }

    fn alarm(&self, entry: &Entry, order: Option<&Order>, event: &str) {
        if self.lock().is_empty() {
            return;
        }
        let order = match order {
            Some(order) => OrderView::of(order, Audience::Operator),
            None => match entry.decode_order() {
                Ok(order) => OrderView::of(&order, Audience::Operator),
                Err(_) => return,
            },
        };
        self.tell(&OpsNews::Attention { order: Box::new(order), event, at: Instant(entry.at) });
    }

    fn tell(&self, news: &OpsNews<'_>) {
        let publications = [Publication { data: payload(news), offset: 0 }];
        for listener in self.lock().iter() {
            listener.tell_aside(Letter::aside(listener.encoding.news(CHANNEL, &publications)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Listener>>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among those who are told the numbers, given up when dropped.
#[derive(Debug)]
pub(crate) struct CountersListing {
    counters: Arc<Counters>,
    listener: Arc<Listener>,
}

impl Drop for CountersListing {
    fn drop(&mut self) {
        self.counters.lock().retain(|it| !Arc::ptr_eq(it, &self.listener));
    }
}
