//! Feeds, and those who follow them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::{Command, OrderId};
use streams::{Entry, Kind, Position, Streams, Tail};

use crate::world::*;

fn from_start(streams: &Streams) -> Vec<Position> {
    (0..streams.partitions()).map(|partition| Position { partition, sequence: 0 }).collect()
}

/// Follows until `count` entries have come.
async fn follow(tail: &mut Tail, count: usize) -> Vec<Entry> {
    let mut entries = Vec::new();
    let coming = async {
        while entries.len() < count {
            entries.extend(tail.next().await);
        }
    };
    soon(&format!("{count} entries"), coming).await;
    entries
}

#[tokio::test]
async fn an_entry_says_whom_it_concerns_and_what_is_true() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    let mut expected = vec![order.clone()];
    let mut commands = happy_path();
    commands.insert(6, Command::Release { by: haneul(), reason: "a flat tyre".into() });
    commands.truncate(7);
    for command in commands {
        expected.push(world.happen(order.id, [command]).await);
    }
    let mut tail = Tail::follow(&world.streams, from_start(&world.streams));
    assert!(!tail.is_connected());
    let mut entries = follow(&mut tail, expected.len() + 1).await;
    assert!(tail.is_connected());
    assert_eq!(entries.remove(0).kind, Kind::Store);

    for (entry, order) in entries.iter().zip(&expected) {
        assert_eq!((entry.kind, entry.order), (Kind::Order, Some(order.id)));
        assert_eq!((entry.store.clone(), entry.customer.clone()), (Some(kitchen()), Some(mina())));
        assert_eq!((entry.version, &entry.decode_order().unwrap()), (order.version, order));
    }
    assert_eq!(entries[1].events, "PaymentApproved,OrderPlaced");
    assert_eq!((&entries[6].rider, &entries[6].previous_rider), (&Some(haneul()), &None));
    assert_eq!((&entries[7].rider, &entries[7].previous_rider), (&None, &Some(haneul())));
    assert!(entries.windows(2).all(|pair| pair[0].at <= pair[1].at));
}

#[tokio::test]
async fn a_withdrawn_job_is_told_to_the_rider_who_held_it() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    world.happen(order.id, happy_path().into_iter().take(6)).await;
    let reason = domain::CancelReason::StoreOther;
    world.happen(order.id, [Command::CancelByStore { by: kitchen(), reason }]).await;
    let entries = world.streams.recent(order.id.partition(), usize::MAX).await.unwrap();
    let last = entries.last().unwrap();
    assert_eq!((&last.rider, &last.previous_rider), (&None, &Some(haneul())));
}

/// Appends go on while Redis is killed and comes back; whatever was answered is seen, once, in
/// order, without gaps.
#[tokio::test]
async fn a_tail_sees_every_append_in_order_across_a_crash_of_redis() {
    let mut world = World::new().await;
    let partition = world.streams.partition_of_store(&kitchen());
    let mut tail = Tail::follow(&world.streams, vec![Position { partition, sequence: 0 }]);
    let streams = world.streams.clone();
    let is_enough = Arc::new(AtomicBool::new(false));
    let is_over = is_enough.clone();
    let writer = tokio::spawn(async move {
        let mut kept = Vec::new();
        let mut failures = 0;
        while !is_over.load(Ordering::Relaxed) {
            match streams.put_store(&store(kitchen())).await {
                Ok(position) => kept.push(position.sequence),
                Err(_) => failures += 1,
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        (kept, failures)
    });
    let mut entries = follow(&mut tail, 20).await;
    world.redis.restart(true).await;
    entries.extend(follow(&mut tail, 20).await);
    world.redis.restart(false).await;
    entries.extend(follow(&mut tail, 20).await);
    is_enough.store(true, Ordering::Relaxed);
    let (kept, failures) = writer.await.unwrap();
    assert!(failures > 0, "nobody noticed that Redis was gone");
    let top = world.streams.feed_top(partition).await.unwrap().sequence;
    while entries.last().unwrap().position.sequence < top {
        entries.extend(follow(&mut tail, 1).await);
    }
    let seen: Vec<u64> = entries.iter().map(|it| it.position.sequence).collect();
    assert_eq!(seen, (1..=top).collect::<Vec<_>>());
    assert!(kept.iter().all(|sequence| *sequence <= top), "an answered append was lost");
}

#[tokio::test]
async fn a_tail_goes_on_from_where_it_is_told_even_if_a_call_was_given_up() {
    let world = World::new().await;
    let order: OrderId = world.mina_orders("k").await.id;
    let top = world.streams.feed_top(order.partition()).await.unwrap();
    let mut tail = Tail::follow(&world.streams, vec![top]);
    let given_up = tokio::time::timeout(Duration::from_millis(50), tail.next()).await;
    assert!(given_up.is_err(), "there is no news");
    world.happen(order, [approve()]).await;
    let entries = follow(&mut tail, 1).await;
    assert_eq!(entries[0].position.sequence, top.sequence + 1);
}

#[tokio::test]
async fn what_cannot_be_read_has_its_place_and_says_whom_it_may_concern() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    let (id, partition) = (order.id.to_string(), order.id.partition());
    let top = world.streams.feed_top(partition).await.unwrap();
    let mut tail = Tail::follow(&world.streams, vec![top]);
    let oddities: [&[&str]; 4] = [
        &["k", "order", "o", &id, "s", "two words", "c", "c-mina"],
        &["k", "what is this", "r", "r-haneul"],
        &["o", &id],
        &["k", "order", "v", "many"],
    ];
    for fields in oddities {
        world.streams.append_unreadable(partition, fields).await.unwrap();
    }
    world.happen(order.id, [approve()]).await;

    let entries = follow(&mut tail, 5).await;
    let places: Vec<u64> = entries.iter().map(|it| it.position.sequence - top.sequence).collect();
    assert_eq!(places, [1, 2, 3, 4, 5]);
    let kinds: Vec<Kind> = entries.iter().map(|it| it.kind).collect();
    assert_eq!(kinds[..4], [Kind::Unreadable; 4]);
    assert_eq!(kinds[4], Kind::Order);
    let named = |at: usize| {
        let entry: &Entry = &entries[at];
        (entry.order, entry.store.clone(), entry.customer.clone(), entry.rider.clone())
    };
    assert_eq!(named(0), (Some(order.id), None, Some(mina()), None));
    assert_eq!(named(1), (None, None, None, Some(haneul())));
    assert_eq!(named(2), (Some(order.id), None, None, None));
    assert_eq!(named(3), (None, None, None, None));
    let recent = world.streams.recent(partition, usize::MAX).await.unwrap();
    assert_eq!(recent[recent.len() - 5..], entries[..]);
}

#[tokio::test]
async fn the_newest_entries_fit_in_what_was_asked_for() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    world.happen(order.id, happy_path()).await;
    let partition = order.id.partition();
    let all = world.streams.recent(partition, usize::MAX).await.unwrap();
    let top = world.streams.feed_top(partition).await.unwrap().sequence;
    assert_eq!(all.len() as u64, top);
    let bytes: usize = all[all.len() - 2..].iter().map(|it| it.body.len()).sum();
    let some = world.streams.recent(partition, bytes).await.unwrap();
    assert_eq!(some, all[all.len() - 2..]);
    assert_eq!(world.streams.recent(partition, 0).await.unwrap(), []);
}
