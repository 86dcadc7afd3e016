//! What is read for those who subscribe. Thousands may come back at once: reads take turns, and
//! what several wait for is read once. A read serves nobody who came after it began, since it may
//! lack what they were not told any more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{CustomerId, Order, OrderId, RiderId, Store, StoreId};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared, try_join_all};
use streams::{Board, Error, FeedState, Loaded, RiderRecord, Streams};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::unavailable;
use crate::protocol::Refused;
use crate::topics::Topic;

/// Reads under way at once: enough to keep Redis busy, few enough that no command waits long
/// behind them.
const READS_MAX: usize = 32;
/// Reads that wait for their turn; more could not be answered in time.
const WAITING_MAX: usize = 20_000;
/// How long a read waits for its turn; those who wait for an answer are still there then.
const TURN_MAX: Duration = Duration::from_secs(4);

/// What there is of a topic.
#[derive(Debug)]
pub(super) enum Found {
    Order(Option<Box<Loaded>>),
    Store(Box<Board>, Option<Box<Store>>),
    /// Those that have not ended.
    Customer(Vec<Order>),
    Rider(Box<RiderRecord>, Vec<Order>),
}

type Answer = Result<Arc<Found>, Refused>;
type Reading = Shared<BoxFuture<'static, Answer>>;

/// Reads in turn. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reads(Arc<Inner>);

struct Inner {
    streams: Streams,
    turns: Semaphore,
    places: Semaphore,
    /// Those that have not begun.
    waiting: Mutex<HashMap<Topic, WeakShared<BoxFuture<'static, Answer>>>>,
}

/// A read that others may join, until this is dropped.
struct Joinable {
    reads: Reads,
    topic: Topic,
}

impl Reads {
    pub(crate) fn new(streams: Streams) -> Reads {
        Reads(Arc::new(Inner {
            streams,
            turns: Semaphore::new(READS_MAX),
            places: Semaphore::new(WAITING_MAX),
            waiting: Mutex::default(),
        }))
    }

    /// What there is of a topic: at least what there was at the time of this call.
    ///
    /// # Errors
    /// If Redis fails, or there was no turn in time.
    pub(super) async fn find(&self, topic: &Topic) -> Answer {
        self.join(topic).await
    }

    /// The place in the feed of the last news of a topic, by one small read.
    ///
    /// # Errors
    /// If Redis fails, or there was no turn in time.
    pub(super) async fn position(&self, topic: &Topic) -> Result<u64, Refused> {
        let streams = &self.0.streams;
        let read = async {
            Ok(match topic {
                Topic::Order(id) => streams.order_position(*id).await?,
                Topic::Store(id) => streams.board_position(id).await?,
                Topic::Customer(id) => streams.customer_position(id).await?,
                Topic::Rider(id) => streams.rider_position(id).await?,
            })
        };
        Ok(self.in_turn(read, None).await?.sequence)
    }

    /// How far a feed has come, by one small read.
    ///
    /// # Errors
    /// If Redis fails, or there was no turn in time.
    pub(super) async fn feed_state(&self, partition: u16) -> Result<FeedState, Refused> {
        self.in_turn(self.0.streams.feed_state(partition), None).await
    }

    /// What is known of a rider.
    ///
    /// # Errors
    /// If Redis fails, or there was no turn in time.
    pub(super) async fn rider(&self, id: &RiderId) -> Result<RiderRecord, Refused> {
        self.in_turn(self.0.streams.rider(id), None).await
    }

    /// The read of a topic that is next: one that waits already, or another.
    fn join(&self, topic: &Topic) -> Reading {
        let mut waiting = self.lock();
        if let Some(reading) = waiting.get(topic).and_then(WeakShared::upgrade) {
            metrics::counter!("hub_reads_shared_total").increment(1);
            return reading;
        }
        let joinable = Joinable { reads: self.clone(), topic: topic.clone() };
        let (reads, topic) = (self.clone(), topic.clone());
        let key = topic.clone();
        let reading = async move {
            let read = reads.0.read(&topic);
            reads.in_turn(read, Some(joinable)).await.map(Arc::new)
        };
        let reading = reading.boxed().shared();
        if let Some(weak) = reading.downgrade() {
            waiting.insert(key, weak);
        }
        reading
    }

    async fn in_turn<T>(
        &self,
        read: impl Future<Output = Result<T, Error>>,
        joinable: Option<Joinable>,
    ) -> Result<T, Refused> {
        let Ok(place) = self.0.places.try_acquire() else { return Err(busy()) };
        let turn = timeout(TURN_MAX, self.0.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(busy()) };
        drop((place, joinable));
        metrics::counter!("hub_reads_total").increment(1);
        read.await.map_err(unavailable)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Topic, WeakShared<BoxFuture<'static, Answer>>>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Joinable {
    fn drop(&mut self) {
        // Another that took its place loses no more than the chance to be joined.
        self.reads.lock().remove(&self.topic);
    }
}

impl Inner {
    async fn read(&self, topic: &Topic) -> Result<Found, Error> {
        match topic {
            Topic::Order(id) => self.order(*id).await,
            Topic::Store(id) => self.store(id).await,
            Topic::Customer(id) => self.customer(id).await,
            Topic::Rider(id) => self.rider(id).await,
        }
    }

    async fn order(&self, id: OrderId) -> Result<Found, Error> {
        Ok(Found::Order(self.streams.load(id).await?.map(Box::new)))
    }

    async fn store(&self, id: &StoreId) -> Result<Found, Error> {
        // The board first: its place must not lie beyond a change of the store that is not seen.
        let board = self.streams.board(id).await?;
        let store = self.streams.store(id).await?;
        Ok(Found::Store(Box::new(board), store.map(Box::new)))
    }

    async fn customer(&self, id: &CustomerId) -> Result<Found, Error> {
        Ok(Found::Customer(self.streams.open_orders_of_customer(id).await?))
    }

    async fn rider(&self, id: &RiderId) -> Result<Found, Error> {
        let record = self.streams.rider(id).await?;
        let load = |id: &OrderId| self.streams.load(*id);
        let loaded = try_join_all(record.jobs.iter().map(load)).await?;
        let jobs = loaded.into_iter().flatten().map(|loaded| loaded.order).collect();
        Ok(Found::Rider(Box::new(record), jobs))
    }
}

/// What somebody is told who is to try again a little later.
fn busy() -> Refused {
    metrics::counter!("hub_reads_refused_total").increment(1);
    Refused::INTERNAL
}
