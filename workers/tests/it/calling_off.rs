//! What time does when people do nothing, and what a store may leave to the workers.

use std::time::Duration;

use domain::{
    Actor, Attention, CancelReason, DeliveryState, PausedBy, PaymentState, RejectReason, State,
};
use streams::{Durations, Kind};

use crate::World;
use crate::world::{durations, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_does_not_answer_loses_the_order() {
    let accept = Duration::from_millis(600);
    let world = World::with(Durations { accept, ..durations() }).await;
    let order = world.mina.orders("tok_ok").await;
    world.until_state(order, State::Placed).await;
    world.kitchen.receives(order).await;
    let refunded = world.until_payment(order, PaymentState::Refunded).await;
    assert_eq!(refunded.canceled, Some((Actor::System, CancelReason::StoreTimeout)));
    let reminded = refunded.steps.iter().any(|step| step.event == "StoreReminded");
    assert!(reminded, "half of the time passed without a reminder");
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_leaves_three_in_a_row_unanswered_is_paused() {
    let accept = Duration::from_millis(600);
    let mut world = World::with(Durations { accept, ..durations() }).await;
    world.start_workers().await;
    let is_paused = async |world: &World| {
        world.streams.store(&world.kitchen.id).await.unwrap().expect("our store").paused
    };
    let mut unanswered = vec![];
    // Two unanswered, one answered, two unanswered: never three in a row.
    for is_answered in [false, false, true, false, false] {
        let order = world.mina.orders("tok_ok").await;
        world.until_state(order, State::Placed).await;
        world.kitchen.receives(order).await;
        if is_answered {
            world.kitchen.rejects(order, RejectReason::TooBusy).await;
        }
        let order = world.until_payment(order, PaymentState::Refunded).await;
        unanswered.extend((!is_answered).then_some(order));
    }
    assert!(!is_paused(&world).await);

    let third = world.mina.orders("tok_ok").await;
    world.until_state(third, State::Placed).await;
    world.kitchen.receives(third).await;
    eventually("a pause", async || is_paused(&world).await.then_some(())).await;
    let partition = world.streams.partition_of_store(&world.kitchen.id);
    let feed = world.streams.recent(partition, usize::MAX).await.unwrap();
    let told = feed.iter().rfind(|entry| entry.kind == Kind::Store).unwrap();
    assert_eq!(told.decode_store().unwrap().paused_by, Some(PausedBy::Silence));

    // Heard of again, the same orders do not pause a store that somebody has resumed.
    unanswered.push(world.until_payment(third, PaymentState::Refunded).await);
    world.streams.set_paused(&world.kitchen.id, None).await.unwrap();
    for order in unanswered {
        let at = order.steps.iter().find(|step| step.event == "OrderCanceled").unwrap().at;
        let noted = world.streams.note_unanswered(&world.kitchen.id, order.id, at).await;
        assert!(!noted.unwrap());
    }
    assert!(!is_paused(&world).await);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_no_board_receives_is_called_off() {
    let store_reach = Duration::from_millis(600);
    let world = World::with(Durations { store_reach, ..durations() }).await;
    let order = world.mina.orders("tok_ok").await;
    let refunded = world.until_payment(order, PaymentState::Refunded).await;
    assert_eq!(refunded.canceled, Some((Actor::System, CancelReason::StoreUnreachable)));
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_nobody_takes_is_offered_further_away_and_then_called_off() {
    let world = World::with(Durations {
        ring_step: Duration::from_millis(200),
        no_rider_alert: Duration::from_millis(800),
        no_rider_cancel: Duration::from_millis(1_600),
        ..durations()
    })
    .await;
    let order = world.mina.orders("tok_ok").await;
    world.until_state(order, State::Placed).await;
    world.kitchen.cooks(order).await;
    world
        .until(order, "an alarm", |order| {
            order.attention == Some(Attention::NoRider) || order.state == State::Canceled
        })
        .await;
    let refunded = world.until_payment(order, PaymentState::Refunded).await;
    assert_eq!(refunded.canceled, Some((Actor::System, CancelReason::NoRider)));
    assert_eq!(refunded.delivery.ring, 3);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_rider_loses_the_job_until_the_food_is_theirs() {
    let (rider_stale, rider_silent) = (Duration::from_secs(2), Duration::from_secs(3));
    let world = World::with(Durations { rider_stale, rider_silent, ..durations() }).await;
    let [claimed, picked] = [world.mina.orders("tok_ok").await, world.mina.orders("tok_ok").await];
    for order in [claimed, picked] {
        world.until_state(order, State::Placed).await;
        world.kitchen.cooks(order).await;
        world.rider.comes_online().await;
        world.rider.claims(order).await;
    }
    world.rider.picks(picked).await;
    let order = world.until(claimed, "a release", |it| it.delivery.rider.is_none()).await;
    assert_eq!(order.delivery.state, DeliveryState::Open);
    let order = world.until(picked, "an alarm", |it| it.attention.is_some()).await;
    assert_eq!(order.attention, Some(Attention::RiderSilent));
    assert_eq!(order.delivery.rider.as_ref(), Some(&world.rider.id));
    world.rider.confirms(picked).await;
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_may_have_its_orders_accepted_for_it() {
    let world = World::new().await;
    world.kitchen.describes_itself(true).await;
    let order = world.mina.orders("tok_ok").await;
    let accepted = world.until_state(order, State::Accepted).await;
    let step = accepted.steps.last().expect("it was accepted");
    let cook_minutes = accepted.cook_due_at.expect("a promise").since(step.at).as_secs() / 60;
    assert_eq!((cook_minutes, &step.by), (15, &Actor::System));
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_store_calls_off_is_refunded() {
    let world = World::new().await;
    let [rejected, canceled] =
        [world.mina.orders("tok_ok").await, world.mina.orders("tok_ok").await];
    world.until_state(rejected, State::Placed).await;
    world.until_state(canceled, State::Placed).await;
    world.kitchen.rejects(rejected, RejectReason::SoldOut).await;
    world.kitchen.cooks(canceled).await;
    world.kitchen.cancels(canceled, CancelReason::StoreOther).await;
    world.until_payment(rejected, PaymentState::Refunded).await;
    world.until_payment(canceled, PaymentState::Refunded).await;
    world.ends().await;
}
