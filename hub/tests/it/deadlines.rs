//! What time does to orders, with durations so short that one can watch.

use std::time::Duration;

use serde_json::{Value, json};

use crate::line::Line;
use crate::world::{World, basket, eventually, id};

/// Mina's order, once it is like this.
async fn until(world: &World, id: &str, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
    eventually(what, async || {
        let order = world.mina.get(&format!("/orders/{id}")).await.is(200).body;
        is_it(&order).then_some(order)
    })
    .await
}

/// Somebody who is told all that becomes of Mina's order, however soon it passes.
async fn watching(world: &World, id: &str) -> Line {
    let mut line = Line::connect(world.hub.local_addr(), &world.mina.token).await;
    let reply = line.ask("subscribe", json!({"channel": format!("order:{id}")})).await;
    assert!(reply["subscribe"].is_object(), "{reply}");
    line
}

/// Waits until whoever watches is told that the order needs somebody, and why.
async fn is_told(line: &mut Line, attention: &str) {
    line.until(|it| it["push"]["pub"]["data"]["order"]["attention"] == attention).await;
}

/// The order is called off for `reason`, and the money came back once.
async fn is_called_off_and_refunded(world: &World, id: &str, reason: &str) {
    let order = until(world, id, reason, |order| order["state"] == "CANCELED").await;
    assert_eq!(order["reason"], reason);
    eventually("the money is back", async || {
        let paid = world.mina.get(&format!("/payments?orderId={id}")).await.is(200).body;
        let paid = &paid["payments"][0];
        let moved = (&paid["charges"], &paid["refunds"]);
        (paid["state"] == "REFUNDED" && moved == (&json!(1), &json!(1))).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_does_not_answer_is_reminded_and_then_loses_the_order() {
    let world = World::with(|config| config.durations.accept = Duration::from_millis(1_500)).await;
    let id = world.mina.orders("k-1").await;
    let mut line = watching(&world, &id).await;
    world.kitchen.put(&format!("/storeOrders/{id}/received"), json!({})).await.is(200);
    is_told(&mut line, "STORE_SLOW").await;
    is_called_off_and_refunded(&world, &id, "STORE_TIMEOUT").await;
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_leaves_three_in_a_row_unanswered_is_paused_until_it_is_resumed() {
    let world = World::with(|config| config.durations.accept = Duration::from_millis(500)).await;
    for n in 1..=3 {
        assert_eq!(world.kitchen.get("/stores/s-1").await.is(200).body["paused"], false);
        let id = world.mina.orders(&format!("k-{n}")).await;
        world.kitchen.put(&format!("/storeOrders/{id}/received"), json!({})).await.is(200);
        is_called_off_and_refunded(&world, &id, "STORE_TIMEOUT").await;
    }
    eventually("a pause", async || {
        let store = world.mina.get("/stores/s-1").await.is(200).body;
        (store["paused"] == true && store["pausedBy"] == "SILENCE").then_some(())
    })
    .await;
    world.mina.tries_to_order("k-4", basket("tok_ok")).await.problem(409, "store_closed");
    world.kitchen.put("/stores/s-1/resume", json!({})).await.is(200);
    world.mina.tries_to_order("k-4", basket("tok_ok")).await.is(201);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_no_board_receives_is_called_off_later() {
    let world = World::with(|config| {
        config.durations.accept = Duration::from_millis(1);
        config.durations.store_reach = Duration::from_millis(800);
    })
    .await;
    let id = world.mina.orders("k-1").await;
    is_called_off_and_refunded(&world, &id, "STORE_UNREACHABLE").await;
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_no_rider_takes_is_called_off_after_everybody_was_told() {
    let world = World::with(|config| {
        config.durations.no_rider_alert = Duration::from_millis(500);
        config.durations.no_rider_cancel = Duration::from_millis(2_000);
    })
    .await;
    let id = world.mina.orders("k-1").await;
    let mut line = watching(&world, &id).await;
    world.is_cooked(&id).await;
    is_told(&mut line, "NO_RIDER").await;
    is_called_off_and_refunded(&world, &id, "NO_RIDER").await;
    let told = world.mina.get("/logs").await.is(200).body;
    assert!(told["alerts"].as_array().is_some_and(|alerts| !alerts.is_empty()), "{told}");
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ring_widens_until_it_reaches_a_rider() {
    let step = Duration::from_secs(1);
    let world = World::with(|config| config.durations.ring_step = step).await;
    let far = world.person("rider", "r-far").await;
    // 3.3 km to the north: in the third ring.
    far.goes_to(37.5840, 126.9101).await;
    let id = world.cooked_order("k-1").await;
    let claim = format!("/deliveries/{id}/claim");
    far.put(&claim, json!({})).await.problem(409, "too_far");
    let won = eventually("the ring reaches the rider", async || {
        let answer = far.put(&claim, json!({})).await;
        (answer.status == 200).then_some(answer)
    })
    .await;
    assert_eq!(won.body["state"], "CLAIMED");
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rider_who_is_silent_loses_the_job_but_not_the_food() {
    let world = World::with(|config| {
        config.durations.rider_stale = Duration::from_secs(3);
        config.durations.rider_silent = Duration::from_secs(4);
    })
    .await;
    let id = world.cooked_order("k-1").await;
    let jun = world.rider_at_the_store("r-jun").await;
    jun.put(&format!("/deliveries/{id}/claim"), json!({})).await.is(200);
    until(&world, &id, "open again", |order| order["delivery"]["state"] == "OPEN").await;

    let bora = world.rider_at_the_store("r-bora").await;
    bora.put(&format!("/deliveries/{id}/pick"), json!({})).await.is(200);
    let order = until(&world, &id, "alarm", |order| order["attention"] == "RIDER_SILENT").await;
    assert_eq!((&order["state"], &order["rider"]["id"]), (&json!("DELIVERING"), &json!("r-bora")));
    // A rider of whom nothing is known any more can take nothing.
    let other = world.cooked_order("k-2").await;
    let refused = jun.put(&format!("/deliveries/{other}/claim"), json!({})).await;
    refused.problem(409, "wrong_state");
    bora.put(&format!("/deliveries/{id}/confirm"), json!({})).await.is(200);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_given_back_can_be_had_again_after_a_while() {
    let cooldown = Duration::from_secs(3);
    let world = World::with(|config| config.durations.release_cooldown = cooldown).await;
    let id = world.cooked_order("k-1").await;
    let jun = world.rider_at_the_store("r-jun").await;
    let claim = format!("/deliveries/{id}/claim");
    jun.put(&claim, json!({})).await.is(200);
    let opened = until(&world, &id, "claimed", |_| true).await["delivery"]["openedAt"].take();
    let released = jun.put(&format!("/deliveries/{id}/release"), json!({})).await.is(200).body;
    assert_eq!(released["openedAt"], opened, "it keeps its age");
    jun.put(&claim, json!({})).await.problem(409, "wrong_state");
    eventually("the rider may have it again", async || {
        (jun.put(&claim, json!({})).await.status == 200).then_some(())
    })
    .await;
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tap_can_be_taken_back_for_a_moment_only() {
    let world = World::with(|config| config.durations.undo = Duration::from_millis(100)).await;
    let id = world.mina.orders("k-1").await;
    for step in ["accept", "startCook"] {
        world.kitchen.put(&format!("/storeOrders/{id}/{step}"), json!({})).await.is(200);
    }
    tokio::time::sleep(Duration::from_millis(150)).await;
    let late = world.kitchen.put(&format!("/storeOrders/{id}/undo"), json!({})).await;
    late.problem(409, "wrong_state");
    world.ends().await;
}

async fn with_a_payment_nobody_knows_of(token: &str) -> (World, String) {
    let world = World::with(|config| {
        config.durations.payment_answer = Duration::from_millis(100);
        config.durations.payment_reconcile = Duration::from_secs(3);
    })
    .await;
    let waiting = world.mina.tries_to_order("k-1", basket(token)).await.is(202);
    assert_eq!(waiting.body["state"], "PAYMENT_PENDING");
    let id = id(&waiting.body);
    (world, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_whose_answer_was_lost_is_asked_about() {
    let (world, id) = with_a_payment_nobody_knows_of("tok_lost").await;
    until(&world, &id, "placed", |order| order["state"] == "PLACED").await;
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_after_the_customer_left_goes_back() {
    let (world, id) = with_a_payment_nobody_knows_of("tok_lost").await;
    world.mina.put(&format!("/orders/{id}/cancel"), json!({})).await.is(200);
    is_called_off_and_refunded(&world, &id, "CUSTOMER_CHANGED_MIND").await;
    assert_eq!(world.kitchen.get("/storeOrders").await.is(200).body, json!({"tickets": []}));
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_is_tried_until_it_succeeds() {
    let pause = Duration::from_millis(50);
    let world = World::with(|config| config.durations.refund_retry = pause).await;
    let placed = world.mina.tries_to_order("k-1", basket("tok_refund_fails")).await.is(201);
    let id = id(&placed.body);
    let reject = format!("/storeOrders/{id}/reject");
    world.kitchen.put(&reject, json!({"reason": "TOO_BUSY"})).await.is(200);
    let order = until(&world, &id, "back", |it| it["payment"]["state"] == "REFUNDED").await;
    assert_eq!((&order["state"], &order["reason"]), (&json!("REJECTED"), &json!("TOO_BUSY")));
    world.ends().await;
}
