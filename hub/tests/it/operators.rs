//! Those who help: stuck orders, force, money that does not go back, dead letters.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use streams::Inbox;

use crate::line::Line;
use crate::world::{Answer, World, answer, basket, eventually, id, soon};

const WHY: &str = "the rider's bike has broken down";

/// The only order that operators should look at, once `is_it` is true of it.
async fn stuck(world: &World, is_it: impl Fn(&Value) -> bool) -> Value {
    eventually("an order is stuck like this", async || {
        let orders = world.operator.get("/ops/stuck").await.is(200).body["orders"].take();
        orders.as_array().expect("a list").iter().find(|it| is_it(it)).cloned()
    })
    .await
}

async fn force(world: &World, id: &str, action: &str) -> Answer {
    world.operator.put(&format!("/ops/orders/{id}/{action}"), json!({"reason": WHY})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_calls_an_order_off_at_any_step() {
    let world = World::new().await;
    let id = world.cooked_order("k-1").await;
    let path = format!("/ops/orders/{id}/cancel");
    for reason in ["", " ", &"x".repeat(201)] {
        world.operator.put(&path, json!({"reason": reason})).await.invalid_at("/reason");
    }
    world.operator.put(&path, json!({})).await.problem(422, "invalid");
    world.mina.put(&path, json!({"reason": WHY})).await.problem(403, "not_yours");

    let canceled = force(&world, &id, "cancel").await.is(200).body;
    assert_eq!((&canceled["state"], &canceled["reason"]), (&json!("CANCELED"), &json!("OPERATOR")));
    let again = force(&world, &id, "cancel").await.is(200).body;
    assert_eq!(again["state"], "CANCELED");
    let told = world.operator.get(&format!("/orders/{id}/timeline")).await.is(200).body;
    let deeds = told["events"].as_array().unwrap().iter();
    let deeds: Vec<&Value> = deeds.filter(|it| it["event"] == "OperatorActed").collect();
    assert_eq!((deeds.len(), &deeds[0]["by"]), (1, &json!("operator")));
    force(&world, &id, "complete").await.problem(409, "wrong_state");
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_can_be_taken_away_and_given_to_another() {
    let world = World::new().await;
    let id = world.cooked_order("k-1").await;
    let jun = world.rider_at_the_store("r-jun").await;
    jun.put(&format!("/deliveries/{id}/pick"), json!({})).await.is(200);
    let open = force(&world, &id, "reassign").await.is(200).body;
    assert_eq!((&open["state"], &open["delivery"]["state"]), (&json!("COOKED"), &json!("OPEN")));
    jun.put(&format!("/deliveries/{id}/confirm"), json!({})).await.problem(409, "wrong_state");

    let bora = world.rider_at_the_store("r-bora").await;
    bora.put(&format!("/deliveries/{id}/pick"), json!({})).await.is(200);
    let done = force(&world, &id, "complete").await.is(200).body;
    assert_eq!(done["state"], "DELIVERED");
    force(&world, &id, "cancel").await.problem(409, "wrong_state");
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_is_shown_until_the_order_goes_on() {
    let world = World::new().await;
    let mut line = Line::connect(world.hub.local_addr(), &world.operator.token).await;
    line.ask("subscribe", json!({"channel": "ops"})).await;
    let id = world.mina.orders("k-1").await;
    world.kitchen.put(&format!("/storeOrders/{id}/accept"), json!({})).await.is(200);
    let problem = json!({"reason": "비가 많이 와요"});
    world.mina.post(&format!("/orders/{id}/problems"), problem).await.is(200);

    let found = stuck(&world, |it| it["id"] == id.as_str()).await;
    assert_eq!((&found["attention"], &found["owed"]), (&json!("PROBLEM"), &Value::Null));
    assert!(found["since"].is_string());
    let news = line.until(|it| it["push"]["pub"]["data"]["type"] == "attention").await;
    let data = &news["push"]["pub"]["data"];
    assert_eq!((&data["event"], &data["order"]["id"]), (&json!("ProblemReported"), &json!(id)));

    let call = json!({"method": "ops.cancel", "data": {"orderId": id, "reason": WHY}});
    let reply = line.ask("rpc", call).await;
    assert_eq!(reply["rpc"]["data"]["state"], "CANCELED", "{reply}");
    world.ends().await;
}

async fn with_a_stuck_refund(token: &str) -> (World, String) {
    let world = World::with(|config| {
        config.durations.refund_retry = Duration::from_millis(10);
        config.durations.refund_tries = 2;
    })
    .await;
    let placed = world.mina.tries_to_order("k-1", basket(token)).await.is(201);
    let id = id(&placed.body);
    world.mina.put(&format!("/orders/{id}/cancel"), json!({})).await.is(200);
    let found = stuck(&world, |it| it["payment"]["state"] == "REFUND_STUCK").await;
    assert_eq!((&found["attention"], &found["owed"]), (&json!("REFUND_STUCK"), &json!("refund")));
    (world, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_refund_is_tried_again_when_an_operator_says_so() {
    let (world, id) = with_a_stuck_refund("tok_refund_fails").await;
    let path = format!("/payments/{id}/retryRefund");
    let retried = world.operator.put(&path, json!({})).await.is(200).body;
    assert_ne!(retried["state"], "REFUND_STUCK");
    eventually("the money is back", async || {
        let paid = world.mina.get(&format!("/payments?orderId={id}")).await.is(200).body;
        (paid["payments"][0]["state"] == "REFUNDED").then_some(())
    })
    .await;
    assert_eq!(world.operator.get("/ops/stuck").await.is(200).body, json!({"orders": []}));
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_was_made_by_hand_is_settled_once() {
    let (world, id) = with_a_stuck_refund("tok_refund_never").await;
    let path = format!("/payments/{id}/settle");
    world.operator.put(&path, json!({"reference": ""})).await.invalid_at("/reference");
    for _ in 0..2 {
        let settled = world.operator.put(&path, json!({"reference": "bank-7"})).await.is(200).body;
        // By hand: the provider has given nothing back.
        assert_eq!((&settled["state"], &settled["refunds"]), (&json!("REFUNDED"), &json!(0)));
    }
    assert_eq!(world.operator.get("/ops/stuck").await.is(200).body, json!({"orders": []}));
    let untouched = world.mina.orders("k-2").await;
    let path = format!("/payments/{untouched}/settle");
    let refused = world.operator.put(&path, json!({"reference": "bank-8"})).await;
    refused.problem(409, "wrong_state");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_can_be_tried_again() {
    let world = World::without_workers(|config| {
        config.durations.payment_answer = Duration::from_millis(10);
    })
    .await;
    assert_eq!(world.operator.get("/ops/dead").await.is(200).body, json!({"dead": []}));
    for id in ["0-1-1", "99-1-1", "nonsense"] {
        let path = format!("/ops/dead/{id}/retry");
        world.operator.put(&path, json!({})).await.problem(404, "not_found");
    }
    let placed = world.mina.tries_to_order("k-1", basket("tok_ok")).await.is(202);
    let (at_once, name) = (Duration::from_millis(20), "clumsy".to_owned());
    let inbox = Inbox::open(&world.streams, "payment", name, at_once).await;
    let mut inbox = inbox.expect("Redis is there");
    soon("an entry that is given up", async {
        while inbox.losses().dead == 0 {
            // Taken and never done, again and again.
            inbox.next(8).await;
        }
    })
    .await;
    let dead = eventually("the order is among the dead", async || {
        let dead = world.operator.get("/ops/dead").await.is(200).body;
        let letters = dead["dead"].as_array().expect("a list");
        letters.iter().find(|it| it["orderId"] == placed.body["id"]).cloned()
    })
    .await;
    assert_eq!(dead["group"], "payment");
    let path = format!("/ops/dead/{}/retry", dead["id"].as_str().unwrap());
    let left = answer(world.operator.request(Method::PUT, &path)).await.is(200).body;
    let left = left["dead"].as_array().unwrap();
    assert!(left.iter().all(|it| it["id"] != dead["id"]), "{left:?}");
    world.operator.put(&path, json!({})).await.problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_can_follow_an_order_from_cause_to_cause() {
    let world = World::new().await;
    let id = world.mina.orders("k-1").await;
    world.mina.put(&format!("/orders/{id}/cancel"), json!({})).await.is(200);
    let events = eventually("the money is back", async || {
        let path = format!("/orders/{id}/timeline");
        let events = world.operator.get(&path).await.is(200).body["events"].take();
        events.as_array().filter(|it| it.iter().any(|it| it["event"] == "PaymentRefunded")).cloned()
    })
    .await;
    let event = |name: &str| events.iter().find(|it| it["event"] == name).unwrap();
    assert_eq!(event("PaymentApproved")["command"], event("OrderPlaced")["command"]);
    assert_eq!(event("PaymentApproved")["cause"], event("OrderRequested")["command"]);
    assert_eq!(event("PaymentRefunded")["cause"], event("OrderCanceled")["command"]);
    assert_eq!(event("OrderCanceled").get("cause"), None, "nobody told Mina to");
    let seen = world.mina.get(&format!("/orders/{id}/timeline")).await.is(200).body;
    assert_eq!(seen["events"][0].get("command"), None, "ids of commands are for operators");
    world.ends().await;
}
