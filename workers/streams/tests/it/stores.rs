//! Stores.

use domain::{PausedBy, Point, Store};
use streams::{Kind, Position, Tail};

use crate::world::*;

#[tokio::test]
async fn what_was_put_is_read_and_told() {
    let world = World::new().await;
    assert_eq!(world.streams.store(&kitchen()).await.unwrap(), Some(store(kitchen())));
    assert_eq!(world.streams.store(&id("s-nowhere")).await.unwrap(), None);
    let partition = world.streams.partition_of_store(&kitchen());
    let mut tail = Tail::follow(&world.streams, vec![Position { partition, sequence: 0 }]);
    let entry = soon("an entry", tail.next()).await.remove(0);
    assert_eq!((entry.kind, entry.store.clone()), (Kind::Store, Some(kitchen())));
    assert_eq!(entry.decode_store().unwrap(), store(kitchen()));
}

#[tokio::test]
async fn a_break_is_told_once() {
    let world = World::new().await;
    let partition = world.streams.partition_of_store(&kitchen());
    for _ in 0..2 {
        let paused = world.streams.set_paused(&kitchen(), Some(PausedBy::Store)).await.unwrap();
        assert_eq!(
            paused,
            Some(Store { paused: true, paused_by: Some(PausedBy::Store), ..store(kitchen()) })
        );
    }
    assert_eq!(world.streams.feed_top(partition).await.unwrap().sequence, 2);
    assert_eq!(
        world.streams.set_paused(&id("s-nowhere"), Some(PausedBy::Store)).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn the_nearest_store_comes_first() {
    let world = World::new().await;
    for (name, lat) in [("s-b", 37.560), ("s-a", 37.557), ("s-far", 37.7)] {
        let store = Store { position: Point { lat, ..AT_STORE }, ..store(id(name)) };
        world.streams.put_store(&store).await.unwrap();
    }
    let near = async |limit| {
        let stores = world.streams.stores_near(AT_STORE, 3_000, limit).await.unwrap();
        stores.into_iter().map(|it| it.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(near(10).await, ["s-moonlight", "s-a", "s-b"]);
    assert_eq!(near(2).await, ["s-moonlight", "s-a"]);
    assert_eq!(near(0).await, [""; 0]);
}

#[tokio::test]
async fn a_store_has_to_be_somewhere() {
    let world = World::new().await;
    let nowhere = Store { position: Point { lat: 95.0, lng: 0.0 }, ..store(kitchen()) };
    assert!(world.streams.put_store(&nowhere).await.is_err());
    assert_eq!(world.streams.store(&kitchen()).await.unwrap(), Some(store(kitchen())));
}
