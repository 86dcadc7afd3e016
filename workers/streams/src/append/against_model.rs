//! The script in a real Redis against a model of it, key by key, after every step.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::{Actor, CommandId, Order, OrderId, Recorded, StoreId, deadline, evolve, fold};
use proptest::test_runner::{Config, TestRunner};
use redis::Value;
use uuid::Uuid;

use super::Appended;
use super::steps::{START, Step, customer, decided, request, steps, store};
use crate::feed::{Found, found};
use crate::stuck::is_stuck;
use crate::{PrivateRedis, Streams};

const PARTITIONS: u16 = 2;

/// What should be in Redis.
#[derive(Default)]
struct Model {
    /// Every version of each order, the oldest first.
    orders: BTreeMap<OrderId, Vec<Order>>,
    logs: BTreeMap<OrderId, Vec<(u64, Recorded)>>,
    /// Per partition: order, version, events.
    feeds: BTreeMap<u16, Vec<(OrderId, u64, String)>>,
    /// Tickets, and the last change.
    boards: BTreeMap<StoreId, (BTreeMap<OrderId, u64>, u64)>,
    /// Since when orders are stuck.
    stuck: BTreeMap<OrderId, u64>,
}

impl Model {
    fn append(&mut self, id: OrderId, after: Order, recorded: Vec<Recorded>) {
        let names: Vec<&str> = recorded.iter().map(|it| it.event.name()).collect();
        let feed = self.feeds.entry(id.partition()).or_default();
        feed.push((id, after.version, names.join(",")));
        let sequence = feed.len() as u64;
        let at = recorded.last().unwrap().at.0;
        match is_stuck(&after) {
            true => _ = self.stuck.entry(id).or_insert(at),
            false => _ = self.stuck.remove(&id),
        }
        self.logs.entry(id).or_default().extend(recorded.into_iter().map(|it| (sequence, it)));
        let versions = self.orders.entry(id).or_default();
        let (tickets, changed) = self.boards.entry(after.shop.id.clone()).or_default();
        *changed = sequence;
        match after.is_on_board() {
            true => tickets.insert(id, sequence),
            false => tickets.remove(&id),
        };
        versions.push(after);
    }

    /// The orders of a partition, as they are.
    fn of(&self, partition: u16) -> impl Iterator<Item = &Order> {
        let last = self.orders.values().filter_map(|versions| versions.last());
        last.filter(move |order| order.id.partition() == partition)
    }
}

async fn check(streams: &Streams, model: &Model) {
    let mut keys = BTreeSet::from(["meta".to_owned()]);
    for partition in 0..PARTITIONS {
        check_feed(streams, model, partition, &mut keys).await;
        check_indexes(streams, model, partition, &mut keys).await;
    }
    for (id, expected) in &model.logs {
        let log = streams.load(*id).await.unwrap().unwrap();
        assert_eq!(&log.log, &expected.iter().map(|(_, it)| it.clone()).collect::<Vec<_>>());
        assert_eq!(log.position.sequence, expected.last().unwrap().0);
        assert_eq!(&log.order, model.orders[id].last().unwrap());
        keys.insert(streams.keys().log(*id));
        let ttl: i64 = ask(streams, &["TTL", &streams.keys().log(*id)]).await;
        assert_eq!(ttl >= 0, super::is_settled(&log.order), "{:?}", log.order);
    }
    for (store, (tickets, changed)) in &model.boards {
        let key = streams.keys().board(store);
        let mut stored: BTreeMap<String, u64> = ask(streams, &["HGETALL", &key]).await;
        assert_eq!(stored.remove("*"), Some(*changed));
        let tickets = tickets.iter().map(|(id, at)| (id.to_string(), *at)).collect();
        assert_eq!(stored, tickets);
        keys.insert(key);
    }
    let stored: BTreeSet<String> = ask(streams, &["KEYS", "*"]).await;
    assert_eq!(stored, keys);
}

async fn check_feed(streams: &Streams, model: &Model, partition: u16, keys: &mut BTreeSet<String>) {
    let feed = model.feeds.get(&partition).map_or(&[][..], Vec::as_slice);
    let key = streams.keys().feed(partition);
    let stored: Value = ask(streams, &["XRANGE", &key, "-", "+"]).await;
    let stored = found(partition, stored).unwrap();
    assert_eq!(stored.len(), feed.len());
    assert_eq!(streams.feed_top(partition).await.unwrap().sequence, feed.len() as u64);
    let mut sequence = 0;
    for ((stored_sequence, found), (id, version, events)) in stored.into_iter().zip(feed) {
        sequence += 1;
        let Found::Entry(entry) = found else { panic!("an entry that cannot be read") };
        assert_eq!(stored_sequence, sequence);
        assert_eq!((entry.order, entry.version), (Some(*id), *version));
        assert_eq!(&entry.events, events);
        let order = entry.decode_order().unwrap();
        assert!(model.orders[id].contains(&order));
        assert_eq!(order.version, *version);
    }
    if !feed.is_empty() {
        let names = streams.keys();
        keys.extend([key, names.sequence(partition), names.epoch(partition)]);
    }
}

async fn check_indexes(
    streams: &Streams,
    model: &Model,
    partition: u16,
    keys: &mut BTreeSet<String>,
) {
    let mut check = async |key: String, expected: BTreeSet<String>| {
        let stored: BTreeSet<String> = ask(streams, &["ZRANGE", &key, "0", "-1"]).await;
        assert_eq!(stored, expected, "{key}");
        if !expected.is_empty() {
            keys.insert(key);
        }
    };
    let names = |of: &dyn Fn(&Order) -> bool| {
        model.of(partition).filter(|it| of(it)).map(|it| it.id.to_string()).collect()
    };
    let names_of = streams.keys();
    check(names_of.jobs(partition), names(&Order::is_job_on_offer)).await;
    check(names_of.drops(partition), names(&Order::is_job_on_offer)).await;
    check(names_of.due(partition), names(&|it| deadline(it).is_some())).await;
    check(names_of.orders(partition), names(&|_| true)).await;
    check(names_of.stuck(partition), names(&is_stuck)).await;
    for n in 0..2 {
        let store = store(n);
        if streams.partition_of_store(&store) == partition {
            let key = names_of.orders_of_store(&store);
            check(key, names(&|it| it.shop.id == store)).await;
        }
    }
    for order in model.of(partition) {
        let key = names_of.due(partition);
        let due: Option<u64> = ask(streams, &["ZSCORE", &key, &order.id.to_string()]).await;
        assert_eq!(due, deadline(order).map(|it| it.at.0));
        let key = names_of.stuck(partition);
        let since: Option<u64> = ask(streams, &["ZSCORE", &key, &order.id.to_string()]).await;
        assert_eq!(since.as_ref(), model.stuck.get(&order.id));
    }
}

async fn ask<T: redis::FromRedisValue>(streams: &Streams, words: &[&str]) -> T {
    let mut command = redis::cmd(words[0]);
    streams.ask(0, command.arg(&words[1..])).await.unwrap()
}

async fn run(streams: &Streams, steps: Vec<Step>) {
    let mut model = Model::default();
    let mut now = START;
    for (count, step) in steps.into_iter().enumerate() {
        let (order, before) = match step {
            Step::Wait { minutes } => {
                now = now + Duration::from_secs(60 * minutes);
                continue;
            }
            Step::Begin { order } => (order, None),
            Step::Give { order, command, stale } => (order, Some((command, stale))),
        };
        let id = OrderId::new(START, streams.partition_of_store(&store(order)), order as u64);
        let versions = model.orders.get(&id).map_or(&[][..], Vec::as_slice);
        let (before, decided) = match before {
            None => (None, Some((vec![request(store(order))], Actor::Customer(customer())))),
            Some((command, stale)) => {
                let before = versions.iter().rev().nth(stale).cloned();
                let decided = before.as_ref().and_then(|it| decided(it, command, now));
                (before, decided)
            }
        };
        let Some((events, by)) = decided else { continue };
        let command = CommandId(Uuid::from_u128(count as u128));
        let record = |event| Recorded { at: now, by: by.clone(), command, cause: None, event };
        let recorded: Vec<Recorded> = events.into_iter().map(record).collect();
        let appended = streams.append(id, before.as_ref(), &recorded).await.unwrap();
        let is_expected = before.as_ref() == versions.last();
        match appended {
            Appended::Done(after) => {
                assert!(is_expected, "appended to a version that was not there");
                let expected = match &before {
                    Some(before) => recorded.iter().fold(before.clone(), evolve),
                    None => fold(id, &recorded).unwrap(),
                };
                assert_eq!(*after, expected);
                model.append(id, expected, recorded);
            }
            Appended::Conflict => assert!(!is_expected, "refused the version that was there"),
        }
        check(streams, &model).await;
    }
}

#[test]
fn every_key_is_as_the_model_says_after_every_step() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let redis = runtime.block_on(PrivateRedis::start(None)).unwrap();
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&steps(), |steps| {
            runtime.block_on(async {
                let client = redis::Client::open(redis.url()).unwrap();
                let mut connection = client.get_multiplexed_async_connection().await.unwrap();
                let _: () = redis::cmd("FLUSHALL").query_async(&mut connection).await.unwrap();
                let streams = Streams::open(redis.url(), PARTITIONS).await.unwrap();
                run(&streams, steps).await;
            });
            Ok(())
        })
        .unwrap();
}
