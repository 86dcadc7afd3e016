//! A primary with a replica, known by one address.

use streams::{Durability, Error, PlaceError, PrivateRedis, RedisSettings, Streams};

use crate::relay::Relay;
use crate::world::*;

/// A primary and a replica that has everything.
async fn two() -> (PrivateRedis, PrivateRedis) {
    let first = PrivateRedis::start(None).await.expect("a redis-server");
    let second = PrivateRedis::start(None).await.expect("a redis-server");
    second.follow(first.port()).await;
    second.catch_up(&first).await;
    (first, second)
}

#[tokio::test]
async fn a_primary_that_was_demoted_is_left() {
    let (first, second) = two().await;
    let relay = Relay::to(first.url()).await;
    let streams = Streams::open(&relay.url(), PARTITIONS).await.expect("a fresh Redis");
    streams.put_store(&store(kitchen())).await.unwrap();
    second.catch_up(&first).await;

    // Nothing breaks: what is open leads to one that only reads by now.
    second.promote().await;
    first.follow(second.port()).await;
    relay.leads_to(second.url());
    let rules = domain::Rules::default();
    let (order, _) = streams.place(placement("k"), &rules).await.expect("it was found");
    let of_second = Streams::open(second.url(), PARTITIONS).await.expect("it answers");
    assert_eq!(of_second.load(order.id).await.unwrap().expect("it is there").order, order);
}

#[tokio::test]
async fn what_the_replica_lacks_is_not_acknowledged() {
    let (first, second) = two().await;
    let durability: Durability = "wait:1:200".parse().unwrap();
    let settings = RedisSettings { durability, redis_ca: None };
    let streams = Streams::open_with(first.url(), PARTITIONS, &settings).await.expect("a Redis");
    let place = async |key| streams.place(placement(key), &domain::Rules::default()).await;
    eventually("it has a store", async || streams.put_store(&store(kitchen())).await.ok()).await;
    let (order, _) = eventually("the first order", async || place("k-1").await.ok()).await;
    second.promote().await;
    let of_second = Streams::open(second.url(), PARTITIONS).await.expect("it answers");
    let stored = of_second.load(order.id).await.unwrap().expect("it was acknowledged").order;
    assert_eq!(stored.id, order.id);
    for key in ["k-1", "k-2"] {
        let unknown = place(key).await;
        let is_write = matches!(unknown, Err(PlaceError::Redis(Error::Write { .. })));
        assert!(is_write, "{key}: {unknown:?}");
    }
}
