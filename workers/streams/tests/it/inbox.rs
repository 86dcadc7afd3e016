//! A group's share of the feeds.

use std::time::Duration;

use streams::{Delivery, Inbox};

use crate::world::*;

const NEVER: Duration = Duration::from_secs(3_600);
const AT_ONCE: Duration = Duration::from_millis(20);

async fn inbox(world: &World, consumer: &str, reclaim: Duration) -> Inbox {
    Inbox::open(&world.streams, "payment", consumer.into(), reclaim).await.unwrap()
}

async fn take(inbox: &mut Inbox, count: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    let coming = async {
        while taken.len() < count {
            taken.extend(inbox.next(64).await);
        }
    };
    soon(&format!("{count} deliveries"), coming).await;
    taken
}

async fn pending(world: &World) -> u64 {
    let mut count = 0;
    for feed in world.raw::<Vec<String>>(&["KEYS", "feed:*"]).await {
        let (of_feed, ..): (u64, Option<String>, Option<String>, redis::Value) =
            world.raw(&["XPENDING", &feed, "payment"]).await;
        count += of_feed;
    }
    count
}

#[tokio::test]
async fn consumers_share_what_there_is() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    world.happen(order.id, happy_path()).await;
    let count = world.streams.feed_top(order.id.partition()).await.unwrap().sequence as usize;
    let (mut a, mut b) = (inbox(&world, "a", NEVER).await, inbox(&world, "b", NEVER).await);
    let mut taken = a.next(5).await;
    assert!(taken.len() <= 5);
    let sharing = async {
        while taken.len() < count {
            taken.extend(b.next(3).await);
            taken.extend(a.next(1).await);
        }
    };
    soon("all that there is", sharing).await;
    let mut sequences: Vec<_> = taken.iter().map(|it| it.entry.position.sequence).collect();
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=count as u64).collect::<Vec<_>>());
    assert!(taken.iter().all(|it| it.times == 1));
    for delivery in &taken {
        a.acknowledger().ack(delivery).await.unwrap();
    }
    assert_eq!(pending(&world).await, 0);
}

#[tokio::test]
async fn what_a_vanished_consumer_held_is_delivered_to_another() {
    let world = World::new().await;
    world.mina_orders("k").await;
    let mut gone = inbox(&world, "gone", NEVER).await;
    let held = take(&mut gone, 2).await;
    drop(gone);
    let mut heir = inbox(&world, "heir", AT_ONCE).await;
    let inherited = take(&mut heir, 2).await;
    assert_eq!(inherited[0].entry, held[0].entry);
    assert!(inherited.iter().all(|it| it.times == 2));
}

#[tokio::test]
async fn a_consumer_that_returns_gets_its_own_first() {
    let world = World::new().await;
    world.mina_orders("1").await;
    let held = take(&mut inbox(&world, "a", NEVER).await, 2).await;
    world.mina_orders("2").await;
    let again = take(&mut inbox(&world, "a", NEVER).await, 3).await;
    assert_eq!(again[1].entry, held[1].entry);
    assert_eq!(again.iter().map(|it| it.times).collect::<Vec<_>>(), [2, 2, 1]);
}

#[tokio::test]
async fn a_read_that_was_given_up_loses_nothing() {
    let world = World::new().await;
    let mut inbox = inbox(&world, "a", NEVER).await;
    let partition = world.streams.partition_of_store(&kitchen());
    take(&mut inbox, 1).await;
    let given_up = tokio::time::timeout(Duration::from_millis(30), inbox.next(8)).await;
    assert!(given_up.is_err());
    // Redis gives this to the read that nobody waits for any more.
    let order = world.mina_orders("k").await;
    let delivery = eventually("the order", async || {
        inbox.next(8).await.into_iter().find(|it| it.entry.order == Some(order.id))
    });
    assert_eq!(delivery.await.entry.position.partition, partition);
}

#[tokio::test]
async fn an_entry_is_given_up_after_eight_deliveries_and_can_be_tried_again() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    let mut inbox = inbox(&world, "a", AT_ONCE).await;
    let acknowledger = inbox.acknowledger();
    let mut times = Vec::new();
    soon("an entry that is given up", async {
        while inbox.losses().dead == 0 {
            for delivery in inbox.next(8).await {
                match delivery.entry.order {
                    Some(_) => times.push(delivery.times),
                    None => acknowledger.ack(&delivery).await.unwrap(),
                }
            }
        }
    })
    .await;
    assert_eq!(times, (1..=8).collect::<Vec<_>>());
    assert_eq!(pending(&world).await, 0);
    let dead = world.streams.dead(10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].group.as_str(), dead[0].order), ("payment", Some(order.id)));

    assert!(world.streams.retry_dead(&dead[0].id).await.unwrap());
    assert!(!world.streams.retry_dead(&dead[0].id).await.unwrap(), "it is alive again");
    assert!(!world.streams.retry_dead("nonsense").await.unwrap());
    let again = take(&mut inbox, 1).await.remove(0);
    assert_eq!((again.entry.order, again.entry.version), (Some(order.id), order.version));
    assert_eq!(again.entry.decode_order().unwrap(), order);
    assert_eq!(again.entry.events, "");
}

#[tokio::test]
async fn an_entry_that_is_excused_is_not_given_up() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    let mut inbox = inbox(&world, "a", AT_ONCE).await;
    let acknowledger = inbox.acknowledger();
    let mut times = Vec::new();
    let excusing = async {
        while times.len() < 12 {
            for delivery in inbox.next(8).await {
                if delivery.entry.order != Some(order.id) {
                    acknowledger.ack(&delivery).await.unwrap();
                    continue;
                }
                times.push(delivery.times);
                if times.len() == 12 {
                    acknowledger.ack(&delivery).await.unwrap();
                }
                acknowledger.excuse(&delivery).await.unwrap();
            }
        }
    };
    soon("the same entry again and again", excusing).await;
    assert_eq!(times, [1; 12]);
    assert_eq!(inbox.losses().dead, 0);
    assert_eq!(pending(&world).await, 0, "what is done stays done");
}

#[tokio::test]
async fn an_inbox_survives_a_crash_of_redis_and_the_loss_of_its_group() {
    let mut world = World::new().await;
    let mut inbox = inbox(&world, "a", NEVER).await;
    take(&mut inbox, 1).await;
    world.redis.restart(true).await;
    // Of several connections some may still be those that broke.
    let place = async || world.streams.place(placement("1"), &world.rules).await.ok();
    let (order, _) = eventually("an order", place).await;
    let found =
        async || inbox.next(8).await.into_iter().find(|it| it.entry.order == Some(order.id));
    eventually("the order", found).await;

    let _: () = world.raw(&["FLUSHALL"]).await;
    world.streams.put_store(&store(kitchen())).await.unwrap();
    let order = world.mina_orders("2").await;
    let found =
        async || inbox.next(8).await.into_iter().find(|it| it.entry.order == Some(order.id));
    eventually("the order of the new life", found).await;
}

#[tokio::test]
async fn whoever_holds_what_was_lost_lets_go_of_nothing_that_stands_in_its_place() {
    let mut world = World::new().await;
    let mut held_up = inbox(&world, "held-up", NEVER).await;
    let lost = take(&mut held_up, 1).await.remove(0);

    let _: () = world.raw(&["FLUSHALL"]).await;
    world.streams.put_store(&store(kitchen())).await.unwrap();
    let mut other = inbox(&world, "other", NEVER).await;
    let mut present = take(&mut other, 1).await.remove(0);
    assert_eq!(present.entry.position, lost.entry.position);
    assert_ne!(present.entry.epoch, lost.entry.epoch);

    held_up.acknowledger().ack(&lost).await.unwrap();
    held_up.acknowledger().excuse(&lost).await.unwrap();
    assert_eq!(pending(&world).await, 1);
    let mut others_own = inbox(&world, "other", NEVER).await;
    present.times += 1;
    assert_eq!(take(&mut others_own, 1).await, [present.clone()], "delivered again, to the same");

    // What was appended before a start of Redis that lost nothing is still what it was.
    world.redis.restart(false).await;
    eventually("another epoch", async || {
        let state = world.streams.feed_state(present.entry.position.partition).await.ok()?;
        (state.epoch != present.entry.epoch).then_some(())
    })
    .await;
    other.acknowledger().ack(&present).await.unwrap();
    assert_eq!(pending(&world).await, 0);
}

#[tokio::test]
async fn entries_that_somebody_trimmed_are_counted_and_let_go() {
    let world = World::new().await;
    world.mina_orders("k").await;
    take(&mut inbox(&world, "a", NEVER).await, 2).await;
    for feed in world.raw::<Vec<String>>(&["KEYS", "feed:*"]).await {
        let _: u64 = world.raw(&["XTRIM", &feed, "MAXLEN", "0"]).await;
    }
    let mut inbox = inbox(&world, "a", NEVER).await;
    eventually("two losses", async || {
        assert_eq!(inbox.next(8).await, []);
        (inbox.losses().trimmed == 2).then_some(())
    })
    .await;
    assert_eq!(pending(&world).await, 0);
}
