//! A board and its tickets.

use reqwest::Method;
use serde_json::{Value, json};

use crate::line::Line;
use crate::world::{World, answer, basket, eventually, store};

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_goes_over_the_board() {
    let world = World::new().await;
    let id = world.mina.orders("k-1").await;
    let board = world.kitchen.get("/storeOrders").await.is(200).body;
    assert_eq!(board["tickets"][0]["orderId"], id.as_str());
    assert_eq!(board["tickets"][0]["acceptBy"], json!(null));

    let tap = async |step: &str, body| {
        world.kitchen.put(&format!("/storeOrders/{id}/{step}"), body).await.is(200).body
    };
    assert!(tap("received", json!({})).await["acceptBy"].is_string());
    let accepted = tap("accept", json!({"cookMinutes": 20})).await;
    assert_eq!(accepted["state"], "ACCEPTED");
    let delayed = tap("delay", json!({"minutes": 5})).await;
    assert!(delayed["cookDueAt"].as_str() > accepted["cookDueAt"].as_str());
    assert_eq!(tap("startCook", json!({})).await["state"], "COOKING");
    assert_eq!(tap("undo", json!({})).await["state"], "ACCEPTED");
    assert_eq!(tap("startCook", json!({})).await["delivery"]["state"], "ANNOUNCED");
    assert_eq!(tap("finishCook", json!({})).await["delivery"]["state"], "OPEN");
    let canceled = tap("cancel", json!({"reason": "STORE_CLOSING"})).await;
    assert_eq!((&canceled["state"], &canceled["onBoard"]), (&json!("CANCELED"), &json!(false)));
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_customer_called_off_stays_until_it_was_seen() {
    let world = World::new().await;
    let id = world.mina.orders("k-1").await;
    world.mina.put(&format!("/orders/{id}/cancel"), json!({})).await.is(200);
    let board = world.kitchen.get("/storeOrders").await.is(200).body;
    assert_eq!(board["tickets"][0]["toAcknowledge"], true);
    world.kitchen.put(&format!("/storeOrders/{id}/acknowledge"), json!({})).await.is(200);
    assert_eq!(world.kitchen.get("/storeOrders").await.is(200).body, json!({"tickets": []}));
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tap_that_makes_no_sense_is_refused_with_the_ticket_as_it_is() {
    let world = World::new().await;
    let id = world.mina.orders("k-1").await;
    let path = |step: &str| format!("/storeOrders/{id}/{step}");
    let refused = world.kitchen.put(&path("finishCook"), json!({})).await;
    let refused = refused.problem(409, "wrong_state");
    assert_eq!(refused.body["order"]["orderId"], id.as_str());
    assert_eq!(refused.body["order"]["state"], "PLACED");
    let cases = [
        ("accept", json!({"cookMinutes": 4}), "/cookMinutes"),
        ("accept", json!({"cookMinutes": "soon"}), "/cookMinutes"),
        ("reject", json!({"reason": "BORED"}), "/reason"),
        ("reject", json!({}), ""),
        ("delay", json!({"minutes": -5}), "/minutes"),
    ];
    for (step, body, pointer) in cases {
        world.kitchen.put(&path(step), body).await.invalid_at(pointer);
    }
    world.ends().await;
}

/// So many milliseconds lie between two instants.
fn millis(from: &Value, to: &Value) -> i64 {
    let at = |value: &Value| -> i64 {
        let at: jiff::Timestamp = value.as_str().expect("an instant").parse().expect("an instant");
        at.as_millisecond()
    };
    at(to) - at(from)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_moves_what_was_promised_and_says_why() {
    let world = World::new().await;
    let id = world.mina.orders("k-1").await;
    let path = format!("/orders/{id}");
    let mut line = Line::connect(world.hub.local_addr(), &world.mina.token).await;
    line.ask("subscribe", json!({"channel": format!("order:{id}")})).await;
    world.kitchen.put(&format!("/storeOrders/{id}/accept"), json!({})).await.is(200);
    let promised = world.mina.get(&path).await.is(200).body;
    assert_eq!(promised["eta"]["firstPromise"], promised["eta"]["to"]);
    assert_eq!(promised["eta"]["cause"], Value::Null);

    let delay = format!("/storeOrders/{id}/delay");
    for minutes in [4, 31] {
        world.kitchen.put(&delay, json!({"minutes": minutes})).await.invalid_at("/minutes");
    }
    world.kitchen.put(&delay, json!({"minutes": 10})).await.is(200);
    let delayed = world.mina.get(&path).await.is(200).body;
    let ten_minutes = 10 * 60_000;
    assert_eq!(millis(&promised["cookDueAt"], &delayed["cookDueAt"]), ten_minutes);
    for end in ["from", "to"] {
        assert_eq!(millis(&promised["eta"][end], &delayed["eta"][end]), ten_minutes);
    }
    assert_eq!(delayed["eta"]["firstPromise"], promised["eta"]["firstPromise"]);
    assert_eq!(delayed["eta"]["cause"], "CookDelayed");
    let news = line.until(|it| it["push"]["pub"]["data"]["event"] == "CookDelayed").await;
    assert_eq!(news["push"]["pub"]["data"]["order"], delayed, "pushed as it is answered");
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_works_to_capacity_takes_the_next_order_when_one_has_left() {
    let world = World::new().await;
    let mut small = store("s-1");
    small["openOrdersMax"] = json!(1);
    world.kitchen.put("/stores/s-1", small).await.is(200);
    let first = world.mina.orders("k-1").await;
    world.mina.tries_to_order("k-2", basket("tok_ok")).await.problem(409, "store_closed");
    let reject = format!("/storeOrders/{first}/reject");
    world.kitchen.put(&reject, json!({"reason": "CAPACITY"})).await.is(200);
    world.mina.tries_to_order("k-2", basket("tok_ok")).await.is(201);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_calls_off_for_a_reason_of_its_own() {
    let world = World::new().await;
    let id = world.cooked_order("k-1").await;
    let path = format!("/storeOrders/{id}/cancel");
    for reason in ["CUSTOMER_CHANGED_MIND", "NO_RIDER", "OPERATOR"] {
        world.kitchen.put(&path, json!({"reason": reason})).await.invalid_at("/reason");
    }
    let canceled = world.kitchen.put(&path, json!({"reason": "STORE_SOLD_OUT"})).await.is(200).body;
    assert_eq!(canceled["delivery"]["state"], "WITHDRAWN");
    let placed = world.mina.orders("k-2").await;
    let path = format!("/storeOrders/{placed}/cancel");
    let early = world.kitchen.put(&path, json!({"reason": "STORE_OTHER"})).await;
    early.problem(409, "wrong_state");
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_can_have_orders_accepted_without_a_tap() {
    let world = World::new().await;
    let mut eager = store("s-1");
    eager["autoAccept"] = json!(true);
    world.kitchen.put("/stores/s-1", eager).await.is(200);
    let id = world.mina.orders("k-1").await;
    eventually("the order is accepted", async || {
        let order = world.mina.get(&format!("/orders/{id}")).await.is(200).body;
        (order["state"] == "ACCEPTED").then_some(())
    })
    .await;
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_stands_for_one_step_and_not_for_the_next() {
    let world = World::new().await;
    let id = world.mina.orders("k-1").await;
    let tap = async |step: &str, body: Value| {
        let path = format!("/storeOrders/{id}/{step}");
        let request = world.kitchen.request(Method::PUT, &path).header("idempotency-key", "tap");
        answer(request.json(&body)).await.is(200).body
    };
    assert_eq!(tap("accept", json!({})).await["state"], "ACCEPTED");
    let first = tap("delay", json!({"minutes": 5})).await;
    let again = tap("delay", json!({"minutes": 5})).await;
    assert_eq!(first, again, "sent twice, it happens once");
    assert_eq!(tap("startCook", json!({})).await["state"], "COOKING");
    world.ends().await;
}
