//! Whose data it is, and what a lost Redis means.

use streams::{Error, Streams};

use crate::world::*;

#[tokio::test]
async fn data_of_another_number_of_partitions_is_refused() {
    let world = World::new().await;
    let refused = Streams::open(world.redis.url(), PARTITIONS * 2).await;
    assert!(matches!(refused, Err(Error::Partitions { stored: PARTITIONS, asked: 8 })));
    Streams::open(world.redis.url(), PARTITIONS).await.expect("the same number is fine");
}

#[tokio::test]
async fn a_lost_redis_is_an_error_soon_and_no_trouble_later() {
    let mut world = World::new().await;
    let order = world.mina_orders("k").await;
    let stopped = async {
        let World { redis, .. } = World::new().await;
        let url = redis.url().to_owned();
        redis.stop().await;
        Streams::open(&url, PARTITIONS).await
    };
    assert!(matches!(stopped.await, Err(Error::Connect(_))));

    world.redis.restart(true).await;
    let read = async || world.streams.load(order.id).await.ok().flatten();
    let loaded = eventually("the order again", read).await;
    assert_eq!(loaded.order, order);
}
