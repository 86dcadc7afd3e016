//! Idempotency keys.

use domain::{PausedBy, Refusal, StoreId};
use futures_util::future::join_all;
use streams::PlaceError;

use crate::world::*;

#[tokio::test]
async fn the_same_request_is_the_same_order_as_it_is_by_then() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    let paid = world.happen(order.id, [approve()]).await;
    assert_eq!(world.place(placement("k")).await.unwrap(), (paid, false));
    let other = world.mina_orders("another").await;
    assert_ne!(other.id, order.id);
    assert_eq!(other.number, order.number + 1, "the repeat took no number");
}

#[tokio::test]
async fn twins_at_the_same_time_are_one_order() {
    let world = World::new().await;
    let outcomes = join_all((0..10).map(|_| world.place(placement("k")))).await;
    let placed: Vec<_> = outcomes.into_iter().map(|it| it.unwrap()).collect();
    assert_eq!(placed.iter().filter(|(_, is_new)| *is_new).count(), 1);
    assert!(placed.iter().all(|(order, _)| order.id == placed[0].0.id));
    assert_eq!(world.streams.feed_top(placed[0].0.id.partition()).await.unwrap().sequence, 2);
}

#[tokio::test]
async fn a_key_cannot_be_used_for_another_body_or_another_store() {
    let world = World::new().await;
    world.mina_orders("k").await;
    let mut other_body = placement("k");
    other_body.body_hash = "another-hash".into();
    assert!(matches!(world.place(other_body).await, Err(PlaceError::KeyReused)));
    // Of another partition, where a look at that partition alone would find nothing.
    let partition = world.streams.partition_of_store(&kitchen());
    let elsewhere: StoreId = (0..)
        .map(|n| id(&format!("s-{n}")))
        .find(|it| world.streams.partition_of_store(it) != partition)
        .unwrap();
    world.streams.put_store(&store(elsewhere.clone())).await.unwrap();
    let mut other_store = placement("k");
    other_store.store = elsewhere;
    assert!(matches!(world.place(other_store).await, Err(PlaceError::KeyReused)));
    let mut somebody_else = placement("k");
    somebody_else.customer = id("c-juno");
    assert!(world.place(somebody_else).await.unwrap().1, "a key is its customer's own");
}

#[tokio::test]
async fn a_refusal_leaves_the_key_free() {
    let world = World::new().await;
    world.streams.set_paused(&kitchen(), Some(PausedBy::Store)).await.unwrap();
    let refused = world.place(placement("k")).await;
    assert!(matches!(refused, Err(PlaceError::Refused(Refusal::StoreClosed))));
    world.streams.set_paused(&kitchen(), None).await.unwrap();
    world.mina_orders("k").await;
}

#[tokio::test]
async fn an_unknown_store_leaves_nothing_behind() {
    let world = World::new().await;
    let before: u64 = world.raw(&["DBSIZE"]).await;
    let mut placement = placement("k");
    placement.store = id("s-nowhere");
    assert!(matches!(world.place(placement).await, Err(PlaceError::NoSuchStore)));
    assert_eq!(world.raw::<u64>(&["DBSIZE"]).await, before);
}

#[tokio::test]
async fn a_full_store_takes_no_order_until_one_leaves_its_board() {
    let world = World::new().await;
    let full = domain::Store { open_orders_max: 1, ..store(kitchen()) };
    world.streams.put_store(&full).await.unwrap();
    let first = world.mina_orders("1").await;
    world.happen(first.id, [approve()]).await;
    let refused = world.place(placement("2")).await;
    assert!(matches!(refused, Err(PlaceError::Refused(Refusal::StoreFull))));
    world.happen(first.id, happy_path().into_iter().skip(1)).await;
    world.mina_orders("2").await;
}

/// Whoever placed it died between claiming the key and appending.
#[tokio::test]
async fn an_order_that_was_only_claimed_is_placed_under_its_id() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    let log: Vec<String> = world.raw(&["KEYS", "log:*"]).await;
    let _: u64 = world.raw(&["DEL", &log[0]]).await;
    let (again, is_new) = world.place(placement("k")).await.unwrap();
    assert_eq!((again.id, is_new), (order.id, true));
}

#[tokio::test]
async fn while_the_provider_fails_nothing_is_placed_and_what_was_placed_is_answered() {
    let world = World::new().await;
    let (placed, _) = world.place(placement("k")).await.unwrap();
    for _ in 0..10 {
        world.streams.breaker_report(false).await.unwrap();
    }
    let refused = world.place(placement("another")).await;
    let Err(PlaceError::PaymentBusy { retry_after }) = refused else { panic!("{refused:?}") };
    assert!(retry_after <= streams::Streams::BREAKER_OPEN, "{retry_after:?}");
    assert_eq!(world.place(placement("k")).await.unwrap(), (placed, false));
    let all = world.streams.orders_of_customer(&mina(), None, None, 10).await.unwrap();
    assert_eq!(all.orders.len(), 1, "a refusal leaves no trace");
}
