//! Reading orders: who may, what has changed, and waiting for it.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::world::{World, answer, eventually, soon};

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_latest_version_is_not_sent_it_again() {
    let world = World::new().await;
    let id = world.mina.orders("k-1").await;
    let path = format!("/orders/{id}");
    let order = world.mina.get(&path).await.is(200);
    let etag = order.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(etag, format!("\"{}\"", order.body["version"]));
    for known in [etag.clone(), format!("W/{etag}"), format!("\"1\", {etag}"), "*".to_owned()] {
        let request = world.mina.request(Method::GET, &path).header("if-none-match", known);
        let unchanged = answer(request).await.is(304);
        assert_eq!(unchanged.headers["etag"], etag);
        assert_eq!(unchanged.body, "");
    }
    let request = world.mina.request(Method::GET, &path).header("if-none-match", "\"1\"");
    answer(request).await.is(200);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_request_is_answered_when_something_happens() {
    let world = World::new().await;
    let id = world.mina.orders("k-1").await;
    let path = format!("/orders/{id}?waitSeconds=60");
    let version = world.mina.get(&path).await.is(200).body["version"].clone();
    let held = world.mina.request(Method::GET, &path);
    let held = tokio::spawn(answer(held.header("if-none-match", format!("\"{version}\""))));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!held.is_finished());
    world.kitchen.put(&format!("/storeOrders/{id}/accept"), json!({})).await.is(200);
    let changed = soon("news", held).await.unwrap().is(200);
    assert_eq!(changed.body["state"], "ACCEPTED");

    let impatient = format!("/orders/{id}?waitSeconds=1");
    let request = world.mina.request(Method::GET, &impatient);
    let version = &changed.body["version"];
    answer(request.header("if-none-match", format!("\"{version}\""))).await.is(304);
    let greedy = world.mina.get(&format!("/orders/{id}?waitSeconds=61")).await;
    greedy.invalid_at("/waitSeconds");
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_somebody_elses_is_not_there() {
    let world = World::new().await;
    let id = world.mina.orders("k-1").await;
    let stranger = world.person("customer", "c-2").await;
    let other_kitchen = world.person("store", "s-2").await;
    for path in [format!("/orders/{id}"), format!("/orders/{id}/timeline")] {
        for nosy in [&stranger, &other_kitchen, &world.rider] {
            nosy.get(&path).await.problem(404, "not_found");
        }
        world.kitchen.get(&path).await.is(200);
        world.operator.get(&path).await.is(200);
    }
    stranger.get(&format!("/payments?orderId={id}")).await.problem(404, "not_found");
    let cancel = format!("/orders/{id}/cancel");
    stranger.put(&cancel, json!({})).await.problem(404, "not_found");
    let problem = json!({"reason": "x"});
    let problems = format!("/orders/{id}/problems");
    stranger.post(&problems, problem).await.problem(404, "not_found");
    let accept = format!("/storeOrders/{id}/accept");
    other_kitchen.put(&accept, json!({})).await.problem(404, "not_found");
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_does_not_learn_where_the_food_goes() {
    let world = World::new().await;
    let id = world.mina.orders("k-1").await;
    let seen = world.kitchen.get(&format!("/orders/{id}")).await.is(200);
    assert!(seen.body.get("address").is_none(), "{}", seen.body);
    assert_eq!(seen.body["note"], "문 앞에 두고 벨 눌러주세요");
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_in_pages_newest_first() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for key in ["k-1", "k-2", "k-3"] {
        ids.insert(0, world.mina.orders(key).await);
    }
    let page = world.mina.get("/orders?limit=2").await.is(200).body;
    assert_eq!(page["orders"][0]["id"], ids[0].as_str());
    let next = page["next"].as_str().expect("there is more");
    let rest = world.mina.get(&format!("/orders?limit=2&after={next}")).await.is(200).body;
    assert_eq!(rest["orders"][0]["id"], ids[2].as_str());
    assert!(rest["next"].is_null());
    let placed = world.operator.get("/orders?state=PLACED").await.is(200).body;
    assert_eq!(placed["orders"].as_array().unwrap().len(), 3);
    let cooking = world.kitchen.get("/orders?state=COOKING").await.is(200).body;
    assert_eq!(cooking["orders"], json!([]));

    world.mina.get("/orders?limit=0").await.invalid_at("/limit");
    world.mina.get("/orders?limit=101").await.invalid_at("/limit");
    world.mina.get("/orders?limit=many").await.invalid_at("/limit");
    world.mina.get("/orders?state=EATEN").await.invalid_at("/state");
    world.mina.get("/orders?after=x").await.invalid_at("/after");
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_timeline_tells_what_happened_and_the_customer_is_told_too() {
    let world = World::new().await;
    let id = world.mina.orders("k-1").await;
    let late = json!({"reason": "SOLD_OUT"});
    world.kitchen.put(&format!("/storeOrders/{id}/reject"), late).await.is(200);
    let timeline = world.mina.get(&format!("/orders/{id}/timeline")).await.is(200).body;
    let events = timeline["events"].as_array().unwrap();
    let rejected = events.iter().find(|event| event["event"] == "OrderRejected").unwrap();
    assert_eq!((&rejected["by"], &rejected["reason"]), (&json!("store"), &json!("SOLD_OUT")));
    let status = eventually("the read side follows", async || {
        let statuses = world.mina.get("/orderStatuses").await.is(200).body;
        let status = statuses["orderStatuses"][0].clone();
        (status["state"] == "REJECTED").then_some(status)
    })
    .await;
    assert_eq!((&status["orderId"], &status["storeId"]), (&json!(id), &json!("s-1")));
    assert!(world.mina.get("/logs").await.is(200).body["alerts"].is_array());
    world.ends().await;
}
