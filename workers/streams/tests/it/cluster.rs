//! On a real cluster: failovers and slots that move, under everybody who is at work.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::OrderId;
use streams::{
    Durability, Error, ExecuteError, Inbox, PlaceError, Position, PrivateCluster, RedisSettings,
    Streams, Tail, Track, Tracks,
};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::tracks::{all_are_heard, riders};
use crate::world::*;

/// A cluster, and a store in each partition.
struct Town {
    cluster: PrivateCluster,
    streams: Streams,
}

impl Town {
    async fn new(durability: &str) -> Town {
        let cluster = PrivateCluster::start().await.expect("a cluster");
        let streams = open(&cluster, durability).await;
        for partition in 0..PARTITIONS {
            let mut store = store(store_in(&streams, partition));
            store.open_orders_max = u32::MAX;
            streams.put_store(&store).await.expect("a fine store");
        }
        Town { cluster, streams }
    }
}

async fn open(cluster: &PrivateCluster, durability: &str) -> Streams {
    let durability: Durability = durability.parse().unwrap();
    let settings = RedisSettings { durability, redis_ca: None };
    Streams::open_with(&cluster.url(), PARTITIONS, &settings).await.expect("a cluster")
}

fn store_in(streams: &Streams, partition: u16) -> domain::StoreId {
    let named = |n: u32| id::<domain::StoreId>(&format!("s-{n}"));
    (0..).map(named).find(|it| streams.partition_of_store(it) == partition).unwrap()
}

/// People who order all the time, each again under the same key until it is certain.
struct Crowd {
    is_enough: Arc<AtomicBool>,
    ordering: Vec<JoinHandle<Vec<OrderId>>>,
}

impl Crowd {
    fn orders(streams: &Streams) -> Crowd {
        let is_enough = Arc::<AtomicBool>::default();
        let ordering = (0..PARTITIONS)
            .map(|partition| {
                let (streams, is_enough) = (streams.clone(), is_enough.clone());
                tokio::spawn(async move {
                    let mut placed = Vec::new();
                    while !is_enough.load(Ordering::Acquire) {
                        let key = format!("{partition}-{}", placed.len());
                        placed.push(order_until_certain(&streams, partition, &key).await);
                        sleep(Duration::from_millis(5)).await;
                    }
                    placed
                })
            })
            .collect();
        Crowd { is_enough, ordering }
    }

    /// Everybody has eaten; what was acknowledged.
    async fn eats(self) -> BTreeSet<OrderId> {
        self.is_enough.store(true, Ordering::Release);
        let mut all = BTreeSet::new();
        for ordering in self.ordering {
            let placed = soon("the last orders", ordering).await.expect("no panic");
            let count = all.len() + placed.len();
            all.extend(placed);
            assert_eq!(all.len(), count, "every order is another");
        }
        all
    }
}

async fn order_until_certain(streams: &Streams, partition: u16, key: &str) -> OrderId {
    let mut placement = placement(key);
    placement.store = store_in(streams, partition);
    placement.customer = id(&format!("c-{partition}"));
    let trying = async {
        loop {
            match streams.place(placement.clone(), &domain::Rules::default()).await {
                Ok((order, _)) => return order.id,
                Err(PlaceError::Redis(_)) => sleep(Duration::from_millis(20)).await,
                Err(error) => panic!("{error:?}"),
            }
        }
    };
    soon("an order that is certain", trying).await
}

/// Follows all feeds from their beginning, and notes which orders it has seen.
fn watch_feeds(streams: &Streams) -> (JoinHandle<()>, Arc<std::sync::Mutex<BTreeSet<OrderId>>>) {
    let from = (0..PARTITIONS).map(|partition| Position { partition, sequence: 0 }).collect();
    let mut tail = Tail::follow(streams, from);
    let seen = Arc::<std::sync::Mutex<BTreeSet<OrderId>>>::default();
    let noting = seen.clone();
    let mut last = [0; PARTITIONS as usize];
    let watching = tokio::spawn(async move {
        loop {
            for entry in tail.next().await {
                let last = &mut last[usize::from(entry.position.partition)];
                assert!(entry.position.sequence > *last, "in order, and each once");
                *last = entry.position.sequence;
                noting.lock().unwrap().extend(entry.order);
            }
        }
    });
    (watching, seen)
}

/// Takes everything out of an inbox, and notes which orders came.
async fn work(streams: &Streams) -> (JoinHandle<()>, Arc<std::sync::Mutex<BTreeSet<OrderId>>>) {
    let reclaim = Duration::from_secs(5);
    let mut inbox = Inbox::open(streams, "payment", "worker".into(), reclaim).await.unwrap();
    let seen = Arc::<std::sync::Mutex<BTreeSet<OrderId>>>::default();
    let noting = seen.clone();
    let working = tokio::spawn(async move {
        let acknowledger = inbox.acknowledger();
        loop {
            for delivery in inbox.next(64).await {
                noting.lock().unwrap().extend(delivery.entry.order);
                _ = acknowledger.ack(&delivery).await;
            }
        }
    });
    (working, seen)
}

async fn everybody_has(
    what: &str,
    orders: &BTreeSet<OrderId>,
    seen: &std::sync::Mutex<BTreeSet<OrderId>>,
) {
    eventually(what, async || orders.is_subset(&seen.lock().unwrap()).then_some(())).await;
}

#[tokio::test]
async fn an_order_goes_its_way_on_a_cluster() {
    let town = Town::new("local").await;
    let streams = &town.streams;
    let mut owners = BTreeSet::new();
    for partition in 0..PARTITIONS {
        owners.insert(town.cluster.primary_of(streams.slot(partition)).await);
        let order = order_until_certain(streams, partition, "k").await;
        let loaded = streams.load(order).await.unwrap().expect("it was placed");
        assert_eq!(loaded.order.id.partition(), partition);
        let board = streams.board(&store_in(streams, partition)).await.unwrap();
        assert!(board.orders.is_empty(), "it is not paid for");
        assert_eq!(streams.feed_top(partition).await.unwrap().sequence, loaded.position.sequence);
    }
    assert_eq!(owners.len(), 3, "the partitions are spread over all nodes");
    let all = streams.orders_of_everybody(None, None, 10).await.unwrap().orders;
    assert_eq!(all.len(), usize::from(PARTITIONS));
    assert_eq!(streams.stores_near(AT_STORE, 100, 10).await.unwrap().len(), 4);
    let refused = Streams::open(&town.cluster.url(), PARTITIONS * 2).await;
    assert!(matches!(refused, Err(Error::Partitions { stored: PARTITIONS, asked: 8 })));
}

#[tokio::test]
async fn no_acknowledged_order_is_lost_when_a_primary_is_killed() {
    let mut town = Town::new("wait:1:500").await;
    let streams = town.streams.clone();
    let (watching, told) = watch_feeds(&streams);
    let (working, worked_on) = work(&streams).await;
    let (tracks, mut heard) = Tracks::open(&streams);
    riders().into_iter().for_each(|rider| tracks.follow(rider));
    all_are_heard(&streams, &mut heard, 1.0).await;
    let crowd = Crowd::orders(&streams);
    let slot = streams.slot(0);
    let primary = town.cluster.primary_of(slot).await;
    let before = streams.feed_state(0).await.unwrap();
    sleep(Duration::from_millis(300)).await;

    town.cluster.kill(primary).await;
    let after = eventually("another has the slot", async || {
        streams.feed_state(0).await.ok().filter(|it| it.epoch != before.epoch)
    })
    .await;
    assert!(after.top >= before.top);
    all_are_heard(&streams, &mut heard, 2.0).await;
    sleep(Duration::from_millis(300)).await;
    // Nobody is left to have what the new primary has: nothing there is certain until it is back.
    town.cluster.revive(primary).await;
    town.cluster.is_well().await;
    let orders = crowd.eats().await;
    assert!(town.cluster.primary_of(slot).await != primary);
    for order in &orders {
        assert!(streams.load(*order).await.unwrap().is_some(), "{order} was acknowledged");
    }
    everybody_has("a tail has seen all orders", &orders, &told).await;
    everybody_has("an inbox has handed out all orders", &orders, &worked_on).await;
    assert!(!watching.is_finished() && !working.is_finished());
}

#[tokio::test]
async fn nobody_notices_that_slots_move() {
    let town = Town::new("local").await;
    let streams = town.streams.clone();
    let (watching, told) = watch_feeds(&streams);
    let (working, worked_on) = work(&streams).await;
    let (tracks, mut heard) = Tracks::open(&streams);
    riders().into_iter().for_each(|rider| tracks.follow(rider));
    all_are_heard(&streams, &mut heard, 1.0).await;
    let crowd = Crowd::orders(&streams);
    for round in 0..2 {
        for partition in 0..PARTITIONS {
            let slot = streams.slot(partition);
            let from = town.cluster.primary_of(slot).await;
            let to = (from + 1) % 3;
            town.cluster.move_slot(slot, to).await;
        }
        all_are_heard(&streams, &mut heard, 2.0 + f64::from(round)).await;
    }
    let orders = crowd.eats().await;
    everybody_has("a tail has seen all orders", &orders, &told).await;
    everybody_has("an inbox has handed out all orders", &orders, &worked_on).await;
    assert!(!watching.is_finished() && !working.is_finished());
}

#[tokio::test]
async fn what_is_on_its_way_is_found_where_it_is() {
    let town = Town::new("local").await;
    let streams = &town.streams;
    let mut orders = Vec::new();
    for n in 0..20 {
        orders.push(order_until_certain(streams, 0, &format!("k-{n}")).await);
    }
    let mut tail = Tail::follow(streams, vec![Position { partition: 0, sequence: 0 }]);
    let slot = streams.slot(0);
    let to = (town.cluster.primary_of(slot).await + 1) % 3;
    town.cluster.begin_move(slot, to).await;
    for _ in 0..10 {
        assert!(town.cluster.move_keys(slot, to, 2).await, "there is more");
        for order in &orders {
            assert!(streams.load(*order).await.unwrap().is_some(), "{order} is somewhere");
        }
    }
    soon("the last key", async { while town.cluster.move_keys(slot, to, 10).await {} }).await;
    // The feed is over there, but the slot is not: who reads it has to ask.
    let mut seen = BTreeSet::new();
    let reading = async {
        while !orders.iter().all(|order| seen.contains(order)) {
            seen.extend(tail.next().await.into_iter().filter_map(|entry| entry.order));
        }
    };
    soon("all entries", reading).await;
    town.cluster.end_move(slot, to).await;
    order_until_certain(streams, 0, "after").await;
    assert!(!soon("news after the move", tail.next()).await.is_empty());
}

#[tokio::test]
async fn what_too_few_replicas_have_is_unknown_until_they_do() {
    let mut town = Town::new("wait:1:100").await;
    let streams = town.streams.clone();
    let primary = town.cluster.primary_of(streams.slot(0)).await;
    let replica = town.cluster.replica_of(primary).await;
    let order = order_until_certain(&streams, 0, "before").await;
    town.cluster.kill(replica).await;
    let mut placement = placement("k");
    placement.store = store_in(&streams, 0);
    placement.customer = id("c-0");
    let place = async || streams.place(placement.clone(), &domain::Rules::default()).await;
    for _ in 0..2 {
        let unknown = place().await;
        let is_write = matches!(unknown, Err(PlaceError::Redis(Error::Write { .. })));
        assert!(is_write, "neither yes nor no: {unknown:?}");
    }
    let cancel = domain::Command::Cancel { by: id("c-0") };
    let trace = domain::Trace::of(fresh());
    let give = async || streams.execute(order, trace, &cancel, &domain::Rules::default()).await;
    for _ in 0..2 {
        let unknown = give().await;
        let is_write = matches!(unknown, Err(ExecuteError::Redis(Error::Write { .. })));
        assert!(is_write, "neither yes nor no: {unknown:?}");
    }

    town.cluster.revive(replica).await;
    town.cluster.is_well().await;
    let (placed, _) = eventually("the replica has it", async || place().await.ok()).await;
    assert_eq!(place().await.expect("the same").0.id, placed.id);
    let version = give().await.expect("the replica is back").version;
    assert_eq!(give().await.expect("the same").version, version);
}

#[tokio::test]
async fn what_was_sent_and_not_answered_is_not_sent_again() {
    let town = Town::new("local").await;
    let streams = &town.streams;
    let before = streams.feed_top(0).await.unwrap().sequence;
    let primary = town.cluster.primary_of(streams.slot(0)).await;
    let hold = ["CLIENT", "PAUSE", "3000", "WRITE"];
    town.cluster.ask::<()>(primary, &hold).await.expect("it obeys");
    let unanswered = streams.append_unreadable(0, &["k", "nothing"]).await;
    assert!(matches!(unanswered, Err(Error::Write { .. })), "{unanswered:?}");
    // By the time that this one is carried out, so is whatever waits before it.
    streams.append_unreadable(0, &["k", "nothing"]).await.expect("nothing holds it for long");
    let appended = streams.feed_top(0).await.unwrap().sequence - before;
    assert!((1..=2).contains(&appended), "each of them once at most, and not {appended}");
}

#[tokio::test]
async fn whoever_follows_a_rider_hears_again_when_the_slot_has_moved() {
    let town = Town::new("local").await;
    let streams = &town.streams;
    let (tracks, mut heard) = Tracks::open(streams);
    let rider = riders().remove(0);
    tracks.follow(rider.clone());
    let first = soon("word of a rider", heard.recv()).await;
    assert_eq!(first, Some((rider.clone(), Track::Changed)));
    let slot = streams.slot(streams.home_of_rider(&rider));
    let to = (town.cluster.primary_of(slot).await + 1) % 3;
    town.cluster.move_slot(slot, to).await;
    let again = soon("word to look again", heard.recv()).await;
    assert_eq!(again, Some((rider, Track::Changed)));
}

#[tokio::test]
async fn a_primary_that_hangs_is_followed_by_its_replica() {
    let town = Town::new("local").await;
    let streams = &town.streams;
    let slot = streams.slot(0);
    let primary = town.cluster.primary_of(slot).await;
    order_until_certain(streams, 0, "before").await;
    town.cluster.freeze(primary, true).await;
    let order = order_until_certain(streams, 0, "while").await;
    town.cluster.freeze(primary, false).await;
    town.cluster.is_well().await;
    assert!(streams.load(order).await.unwrap().is_some(), "it hung, and has nothing to say");
}
