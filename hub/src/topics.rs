//! Who listens to what, and telling them. News that nobody here listens to cost a look-up.
//!
//! Knows what an order's news look like to whom only through [`crate::channels`], and how they
//! are written only through [`crate::protocol`].

mod listener;
mod publish;
mod whereabouts;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dashmap::{DashMap, Entry as Slot};
use domain::{CustomerId, OrderId, RiderId, StoreId};
use streams::{Entry, Streams};
use tokio::sync::Notify;

pub(crate) use listener::Listener;
pub(crate) use whereabouts::Whereabouts;

use crate::protocol::Unsubscribed;

/// Entries that wait for one who watches an order; the newest tells everything.
const WATCHED_MAX: usize = 16;

/// Something whose news are positions in a feed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Topic {
    Order(OrderId),
    Store(StoreId),
    Customer(CustomerId),
    Rider(RiderId),
}

impl Topic {
    /// The topics that `entry` is news of.
    pub(crate) fn of(entry: &Entry) -> impl Iterator<Item = Topic> {
        use streams::Kind;
        let order = || entry.order.map(Topic::Order);
        let store = || entry.store.clone().map(Topic::Store);
        let (first, second) = match entry.kind {
            Kind::Order => (order(), store()),
            Kind::Store => (store(), None),
            Kind::Customer => (entry.customer.clone().map(Topic::Customer), None),
            Kind::Rider => (entry.rider.clone().map(Topic::Rider), None),
            Kind::Unreadable => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// Whether `entry`, which stands in the feed of this topic, is news of it, as far as anybody
    /// can say.
    pub(crate) fn is_of(&self, entry: &Entry) -> bool {
        use streams::Kind;
        match (self, entry.kind) {
            (Topic::Order(id), Kind::Order) => entry.order == Some(*id),
            (Topic::Store(id), Kind::Order | Kind::Store) => entry.store.as_ref() == Some(id),
            (Topic::Customer(id), Kind::Customer) => entry.customer.as_ref() == Some(id),
            (Topic::Rider(id), Kind::Rider) => entry.rider.as_ref() == Some(id),
            (_, Kind::Unreadable) => self.is_named_by(entry) || names_nobody(entry),
            _ => false,
        }
    }

    /// Where the news of this topic stand that came before those in `entry`, if that is said.
    pub(crate) fn before(&self, entry: &Entry) -> Option<u64> {
        match self {
            Topic::Order(_) => entry.order_before,
            Topic::Store(_) => entry.store_before,
            Topic::Customer(_) | Topic::Rider(_) => None,
        }
    }

    fn is_named_by(&self, entry: &Entry) -> bool {
        match self {
            Topic::Order(id) => entry.order == Some(*id),
            Topic::Store(id) => entry.store.as_ref() == Some(id),
            Topic::Customer(id) => entry.customer.as_ref() == Some(id),
            Topic::Rider(id) => entry.rider.as_ref() == Some(id),
        }
    }

    /// The partition whose feed has its news.
    pub(crate) fn partition(&self, streams: &Streams) -> u16 {
        match self {
            Topic::Order(id) => id.partition(),
            Topic::Store(id) => streams.partition_of_store(id),
            Topic::Customer(id) => streams.home_of_customer(id),
            Topic::Rider(id) => streams.home_of_rider(id),
        }
    }

    /// The channel, as clients name it.
    pub(crate) fn channel(&self) -> String {
        match self {
            Topic::Order(id) => format!("order:{id}"),
            Topic::Store(id) => format!("store:{id}"),
            Topic::Customer(id) => format!("customer:{id}"),
            Topic::Rider(id) => format!("rider:{id}"),
        }
    }
}

fn names_nobody(Entry { order, store, customer, rider, .. }: &Entry) -> bool {
    order.is_none() && store.is_none() && customer.is_none() && rider.is_none()
}

/// Everybody of this hub who listens to something. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Topics(Arc<DashMap<Topic, Arc<Ring>>>);

/// The listeners of one topic. Gone with the last of them.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    ears: Mutex<Vec<Ear>>,
}

#[derive(Clone, Debug)]
enum Ear {
    Socket(Arc<Listener>),
    Watch(Arc<Watched>),
}

#[derive(Debug, Default)]
struct Watched {
    entries: Mutex<VecDeque<Entry>>,
    heard: Notify,
}

impl Topics {
    /// From now on `listener` is told the news of `topic`, as long as the result lives.
    pub(crate) fn listen(&self, topic: Topic, listener: Arc<Listener>) -> Listing {
        self.list(topic, Ear::Socket(listener))
    }

    /// From now on the entries of an order are kept for whoever holds the result.
    pub(crate) fn watch_order(&self, id: OrderId) -> OrderWatch {
        let watched = Arc::<Watched>::default();
        let listing = self.list(Topic::Order(id), Ear::Watch(watched.clone()));
        OrderWatch { watched, _listing: listing }
    }

    /// Whether anybody listens.
    pub(crate) fn is_heard(&self, topic: &Topic) -> bool {
        self.0.contains_key(topic)
    }

    /// How many listen, to anything.
    pub(crate) fn listeners(&self) -> usize {
        self.0.iter().map(|ring| ring.lock().len()).sum()
    }

    /// Makes every socket that listens to such topics subscribe again: what they know may be wrong.
    pub(crate) fn unsettle(&self, is_unsure: impl Fn(&Topic) -> bool) {
        let rings = self.0.iter().filter(|it| is_unsure(it.key()));
        let rings: Vec<_> = rings.map(|it| (it.key().clone(), it.value().clone())).collect();
        for (topic, ring) in rings {
            let channel = topic.channel();
            // Taken out first: an end may be the last word on the way to a full outbox.
            let ears = std::mem::take(&mut *ring.lock());
            let (sockets, watches): (Vec<_>, Vec<_>) =
                ears.into_iter().partition(|ear| matches!(ear, Ear::Socket(_)));
            ring.lock().extend(watches);
            for ear in sockets {
                if let Ear::Socket(listener) = ear {
                    listener.end(&channel, Unsubscribed::INSUFFICIENT_STATE);
                }
            }
            self.forget_if_silent(&topic);
        }
    }

    fn list(&self, topic: Topic, ear: Ear) -> Listing {
        // Under the lock of the map, or the ring could be forgotten with us in it.
        match self.0.entry(topic.clone()) {
            Slot::Occupied(slot) => slot.get().lock().push(ear.clone()),
            Slot::Vacant(slot) => {
                slot.insert(Arc::new(Ring { ears: Mutex::new(vec![ear.clone()]) }));
            }
        }
        Listing { topics: self.clone(), topic, ear }
    }

    fn ring(&self, topic: &Topic) -> Option<Arc<Ring>> {
        self.0.get(topic).map(|ring| ring.value().clone())
    }

    fn unlist(&self, topic: &Topic, ear: &Ear) {
        if let Some(ring) = self.ring(topic) {
            ring.remove(ear);
            self.forget_if_silent(topic);
        }
    }

    fn forget_if_silent(&self, topic: &Topic) {
        self.0.remove_if(topic, |_, ring| ring.lock().is_empty());
    }
}

impl Ring {
    fn remove(&self, ear: &Ear) {
        let mut ears = self.lock();
        if let Some(at) = ears.iter().position(|it| it.is(ear)) {
            ears.swap_remove(at);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Ear>> {
        self.ears.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ear {
    fn is(&self, other: &Ear) -> bool {
        match (self, other) {
            (Ear::Socket(one), Ear::Socket(other)) => Arc::ptr_eq(one, other),
            (Ear::Watch(one), Ear::Watch(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

/// A place among the listeners of a topic, given up when dropped.
#[derive(Debug)]
pub(crate) struct Listing {
    topics: Topics,
    topic: Topic,
    ear: Ear,
}

impl Drop for Listing {
    fn drop(&mut self) {
        self.topics.unlist(&self.topic, &self.ear);
    }
}

/// Hears of an order, from the moment it was made.
#[derive(Debug)]
pub(crate) struct OrderWatch {
    watched: Arc<Watched>,
    _listing: Listing,
}

impl OrderWatch {
    /// The next entry of this order.
    pub(crate) async fn changed(&mut self) -> Entry {
        loop {
            if let Some(entry) = self.watched.lock().pop_front() {
                return entry;
            }
            self.watched.heard.notified().await;
        }
    }
}

impl Watched {
    fn tell(&self, entry: &Entry) {
        let mut entries = self.lock();
        if entries.len() == WATCHED_MAX {
            entries.pop_front();
        }
        entries.push_back(entry.clone());
        drop(entries);
        self.heard.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
