//! Following riders through every fault of Redis.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{Point, RiderId, Timestamp};
use streams::{Fix, PrivateRedis, Streams, Track, Tracks};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, timeout};

use crate::relay::Relay;
use crate::world::{PARTITIONS, PATIENCE, World, ask, eventually, id, soon};

/// More than would fit if one channel in a few were lost, in every partition.
const RIDERS: usize = 60;

pub fn riders() -> Vec<RiderId> {
    (0..RIDERS).map(|n| id(&format!("r-{n}"))).collect()
}

/// Tells of all riders by `streams` again and again until every one of them was heard of, at
/// `lat` or beyond: what was told before a fault does not count.
pub async fn all_are_heard(streams: &Streams, heard: &mut Receiver<(RiderId, Track)>, lat: f64) {
    let give_up_at = Instant::now() + PATIENCE;
    let mut missing: BTreeSet<String> = riders().iter().map(RiderId::to_string).collect();
    while !missing.is_empty() {
        assert!(Instant::now() < give_up_at, "never heard of again: {missing:?}");
        for rider in riders() {
            let fix = Fix { point: Point { lat, lng: 126.9 }, heading: None, at: Timestamp(1) };
            // While Redis is away nothing can be told.
            if streams.publish_fix(&rider, fix).await.is_err() {
                break;
            }
        }
        while let Ok(Some((rider, track))) = timeout(Duration::from_millis(20), heard.recv()).await
        {
            if matches!(track, Track::Fix(fix, _) if fix.point.lat == lat) {
                missing.remove(rider.as_str());
            }
        }
    }
}

fn follow_all(streams: &Streams) -> (Tracks, Receiver<(RiderId, Track)>) {
    let (tracks, heard) = Tracks::open(streams);
    for rider in riders() {
        tracks.follow(rider);
    }
    (tracks, heard)
}

#[tokio::test]
async fn every_rider_is_followed_again_after_the_connection_was_killed() {
    let world = World::new().await;
    let (_tracks, mut heard) = follow_all(&world.streams);
    all_are_heard(&world.streams, &mut heard, 1.0).await;
    for round in 2..5 {
        let killed: usize = world.raw(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
        assert_eq!(killed, 1);
        all_are_heard(&world.streams, &mut heard, f64::from(round)).await;
    }
}

#[tokio::test]
async fn every_rider_is_followed_again_after_redis_crashed() {
    let mut world = World::new().await;
    let (_tracks, mut heard) = follow_all(&world.streams);
    all_are_heard(&world.streams, &mut heard, 1.0).await;
    world.redis.restart(true).await;
    all_are_heard(&world.streams, &mut heard, 2.0).await;
}

#[tokio::test]
async fn every_rider_is_followed_again_on_the_replica_that_takes_over() {
    let first = PrivateRedis::start(None).await.expect("a redis-server");
    let second = PrivateRedis::start(None).await.expect("a redis-server");
    let address = first.url().trim_start_matches("redis://").to_owned();
    let (host, port) = address.split_once(':').expect("host and port");
    let relay = Relay::to(&address).await;
    let streams = Streams::open(&relay.url(), PARTITIONS).await.expect("a fresh Redis");
    ask::<()>(second.url(), &["REPLICAOF", host, port]).await;
    eventually("the replica has everything", async || {
        let role = ask::<redis::Value>(second.url(), &["ROLE"]).await;
        format!("{role:?}").contains("connected").then_some(())
    })
    .await;
    let (_tracks, mut heard) = follow_all(&streams);
    all_are_heard(&streams, &mut heard, 1.0).await;

    ask::<()>(second.url(), &["REPLICAOF", "NO", "ONE"]).await;
    relay.leads_to(second.url());
    first.stop().await;
    all_are_heard(&streams, &mut heard, 2.0).await;
}

#[tokio::test]
async fn a_connection_that_says_nothing_any_more_is_given_up() {
    let redis = PrivateRedis::start(None).await.expect("a redis-server");
    let relay = Relay::to(redis.url()).await;
    let direct = Streams::open(redis.url(), PARTITIONS).await.expect("a fresh Redis");
    let streams = Streams::open(&relay.url(), PARTITIONS).await.expect("a fresh Redis");
    let (_tracks, mut heard) = follow_all(&streams);
    all_are_heard(&direct, &mut heard, 1.0).await;
    // Nothing is closed: what was open swallows everything, and only a new connection works.
    relay.swallows_what_is_open();
    all_are_heard(&direct, &mut heard, 2.0).await;
}

#[tokio::test]
async fn whoever_follows_a_rider_is_told_to_look_first_and_after_every_fault() {
    let world = World::new().await;
    let (tracks, mut heard) = Tracks::open(&world.streams);
    let rider: RiderId = id("r-1");
    tracks.follow(rider.clone());
    let next = async |heard: &mut Receiver<(RiderId, Track)>| {
        soon("word of a rider", heard.recv()).await.expect("it is open")
    };
    assert_eq!(next(&mut heard).await, (rider.clone(), Track::Changed));
    world.streams.set_online(&rider, true).await.unwrap();
    assert_eq!(next(&mut heard).await, (rider.clone(), Track::Changed));
    world.raw::<usize>(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
    assert_eq!(next(&mut heard).await, (rider, Track::Changed));
}
