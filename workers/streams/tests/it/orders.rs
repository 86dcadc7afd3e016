//! Commands, one at a time and many at once.

use domain::{Refusal, State, Trace};
use futures_util::future::join_all;
use streams::ExecuteError;

use crate::world::*;

#[tokio::test]
async fn an_order_goes_all_the_way() {
    let world = World::new().await;
    let placed = world.mina_orders("k").await;
    assert_eq!((placed.state, placed.version, placed.number), (State::PaymentPending, 1, 1_001));
    assert_eq!(placed.id.partition(), world.streams.partition_of_store(&kitchen()));

    let order = world.happen(placed.id, happy_path()).await;
    assert_eq!(order.state, State::Delivered);

    let loaded = world.streams.load(order.id).await.unwrap().unwrap();
    assert_eq!(loaded.order, order);
    assert_eq!(loaded.log.len() as u64, order.version);
    assert!(loaded.log.iter().all(|it| it.at <= loaded.now));
    assert_eq!(world.streams.order_position(order.id).await.unwrap(), loaded.position);
    let top = world.streams.feed_top(order.id.partition()).await.unwrap();
    assert_eq!(top, loaded.position, "nothing has happened since");
    assert_eq!(world.streams.order_position(placement_id()).await.unwrap().sequence, 0);
}

#[tokio::test]
async fn a_delivered_order_leaves_only_what_expires_and_its_place_in_lists() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    let log: Vec<String> = world.raw(&["KEYS", "log:*"]).await;
    assert_eq!(world.raw::<i64>(&["TTL", &log[0]]).await, -1, "an open order stays");
    world.happen(order.id, happy_path()).await;
    assert!(world.raw::<i64>(&["TTL", &log[0]]).await > 29 * 86_400);
    for pattern in ["jobs:*", "drops:*", "due:*"] {
        assert_eq!(world.raw::<Vec<String>>(&["KEYS", pattern]).await, [""; 0], "{pattern}");
    }
}

#[tokio::test]
async fn a_command_sent_twice_happens_once() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    world.happen(order.id, [approve(), accept()]).await;
    let trace = Trace::of(fresh());
    let command = domain::Command::DelayCook { by: kitchen(), minutes: 5 };
    let first = world.streams.execute(order.id, trace, &command, &world.rules).await.unwrap();
    let again = world.streams.execute(order.id, trace, &command, &world.rules).await.unwrap();
    assert_eq!(first, again);
    let other = world.give(order.id, command).await.unwrap();
    assert_eq!(other.version, first.version + 1, "another command is another delay");
}

#[tokio::test]
async fn of_a_cancel_and_a_cook_start_exactly_one_wins() {
    let world = World::new().await;
    for round in 0..20 {
        let order = world.mina_orders(&format!("k{round}")).await;
        world.happen(order.id, [approve(), accept()]).await;
        let (canceled, started) =
            tokio::join!(world.give(order.id, cancel()), world.give(order.id, start_cook()));
        let state = world.streams.load(order.id).await.unwrap().unwrap().order.state;
        match (canceled, started) {
            (Ok(_), Err(ExecuteError::Refused { order, .. })) => {
                assert_eq!((state, order.state), (State::Canceled, State::Canceled));
            }
            (Err(ExecuteError::Refused { refusal, order }), Ok(_)) => {
                assert_eq!(refusal, Refusal::CancelTooLate);
                assert_eq!((state, order.state), (State::Cooking, State::Cooking));
            }
            both => panic!("one wins and one is refused: {both:?}"),
        }
    }
}

#[tokio::test]
async fn one_of_many_riders_gets_the_job() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    world.happen(order.id, happy_path().into_iter().take(5)).await;
    let claims = (0..30).map(|n| world.give(order.id, claim(id(&format!("r-{n}")))));
    let outcomes = join_all(claims).await;
    assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), 1);
    for refused in outcomes.iter().filter_map(|it| it.as_ref().err()) {
        assert!(matches!(refused, ExecuteError::Refused { refusal: Refusal::Taken, .. }));
    }
}

#[tokio::test]
async fn an_unknown_order_is_not_found() {
    let world = World::new().await;
    assert!(world.streams.load(placement_id()).await.unwrap().is_none());
    let outcome = world.give(placement_id(), cancel()).await;
    assert!(matches!(outcome, Err(ExecuteError::NotFound)));
}

#[tokio::test]
async fn a_job_is_near_its_store_and_its_door_while_it_is_on_offer() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    let near = async |from| {
        let jobs = world.streams.jobs_near(from, 300).await.unwrap();
        jobs.into_iter().map(|it| it.id).collect::<Vec<_>>()
    };
    world.happen(order.id, [approve(), accept()]).await;
    assert_eq!(near(AT_STORE).await, []);
    world.happen(order.id, [start_cook()]).await;
    assert_eq!(near(AT_STORE).await, [order.id], "announced");
    world.happen(order.id, [finish_cook()]).await;
    assert_eq!(near(AT_STORE).await, [order.id]);
    assert_eq!(near(AT_DOOR).await, [order.id]);
    let elsewhere = domain::Point { lat: 37.60, lng: 127.0 };
    assert_eq!(near(elsewhere).await, []);
    world.happen(order.id, [claim(haneul())]).await;
    assert_eq!(near(AT_STORE).await, []);
}

fn placement_id() -> domain::OrderId {
    domain::OrderId::new(domain::Timestamp(1_760_000_000_000), 1, 7)
}
