//! What a place in a feed is worth: as long as one history of the data goes on, and no longer.

use streams::{PrivateRedis, Streams};

use crate::world::*;

/// What the newest entry of the kitchen's feed says of its epoch, and what Redis says.
async fn epochs(streams: &Streams) -> (String, String) {
    let partition = streams.partition_of_store(&kitchen());
    let newest = streams.recent(partition, usize::MAX).await.unwrap().pop().unwrap();
    (newest.epoch, streams.feed_state(partition).await.unwrap().epoch)
}

#[tokio::test]
async fn an_epoch_lasts_as_long_as_redis_does_and_every_entry_names_it() {
    let mut world = World::new().await;
    let (first, state) = epochs(&world.streams).await;
    assert_eq!((first.len(), &first), (8, &state));
    let order = world.mina_orders("k").await;
    world.happen(order.id, happy_path()).await;
    let another = Streams::open(world.redis.url(), PARTITIONS).await.unwrap();
    let entries = another.recent(order.id.partition(), usize::MAX).await.unwrap();
    assert!(entries.len() > 8 && entries.iter().all(|entry| entry.epoch == first));
    let partitions = (0..PARTITIONS).map(async |it| world.streams.feed_state(it).await.unwrap());
    let states = futures_util::future::join_all(partitions).await;
    assert!(states.iter().filter(|it| it.epoch == first).count() == 1, "each feed has its own");

    // Whether the first that is asked is what there is, or to append: it says the same.
    world.redis.restart(true).await;
    let second = eventually("an epoch", async || {
        let partition = order.id.partition();
        Some(another.feed_state(partition).await.ok()?.epoch)
    });
    let second = second.await;
    assert_ne!(second, first);
    eventually("a store", async || world.streams.put_store(&store(kitchen())).await.ok()).await;
    assert_eq!(epochs(&another).await, (second.clone(), second.clone()));
    let entries = another.recent(order.id.partition(), usize::MAX).await.unwrap();
    assert_eq!(entries.len(), 1, "what was before means nothing now");

    let _: () = world.raw(&["FLUSHALL"]).await;
    world.streams.put_store(&store(kitchen())).await.unwrap();
    let third = epochs(&another).await.0;
    assert!(third != first && third != second);
}

#[tokio::test]
async fn a_replica_that_takes_over_begins_an_epoch_however_much_it_lacks() {
    let world = World::new().await;
    let replica = PrivateRedis::start(None).await.unwrap();
    replica.follow(world.redis.port()).await;
    replica.catch_up(&world.redis).await;
    world.streams.put_store(&store(kitchen())).await.unwrap();
    let before = epochs(&world.streams).await.0;
    let partition = world.streams.partition_of_store(&kitchen());
    let top = world.streams.feed_top(partition).await.unwrap();
    replica.catch_up(&world.redis).await;
    replica.promote().await;
    world.streams.put_store(&store(kitchen())).await.unwrap();

    let there = Streams::open(replica.url(), PARTITIONS).await.unwrap();
    assert_eq!(there.feed_top(partition).await.unwrap(), top, "the last one is lost");
    there.put_store(&store(kitchen())).await.unwrap();
    let (after, state) = epochs(&there).await;
    assert_eq!(after, state);
    assert_ne!(after, before);
    assert_eq!(epochs(&world.streams).await.0, before);
}
