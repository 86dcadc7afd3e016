//! Placing orders and paying for them.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use streams::Breaker;

use crate::world::{World, answer, basket, eventually, id};

#[tokio::test(flavor = "multi_thread")]
async fn who_pays_has_an_order() {
    let world = World::new().await;
    let answer = world.mina.tries_to_order("k-1", basket("tok_ok")).await.is(201);
    let order = &answer.body;
    assert_eq!(answer.headers["location"], format!("/orders/{}", id(order)));
    assert_eq!(order["state"], "PLACED");
    assert_eq!(order["label"], "주문됨");
    assert_eq!(order["totalWon"], 18_000);
    assert_eq!(order["payment"]["state"], "APPROVED");
    assert_eq!(order["address"]["text"], "망원동 12길 3, 402호");

    let payments = world.mina.get(&format!("/payments?orderId={}", id(order))).await.is(200);
    let payment = &payments.body["payments"][0];
    assert_eq!((&payment["charges"], &payment["refunds"]), (&json!(1), &json!(0)));
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_card_is_declined_has_none_and_is_told_why() {
    let world = World::new().await;
    let refused = world.mina.tries_to_order("k-1", basket("tok_declined")).await;
    let refused = refused.problem(402, "payment_declined");
    assert_eq!(refused.body["order"]["state"], "PAYMENT_FAILED");
    let again = world.mina.tries_to_order("k-1", basket("tok_declined")).await;
    assert_eq!(again.problem(402, "payment_declined").body, refused.body);
    assert_eq!(world.kitchen.get("/storeOrders").await.is(200).body, json!({"tickets": []}));
    assert_eq!(world.kitchen.get("/orders").await.is(200).body["orders"], json!([]));
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_orders_once() {
    let world = World::new().await;
    let first = world.mina.tries_to_order("k-1", basket("tok_ok")).await.is(201);
    let again = world.mina.tries_to_order("k-1", basket("tok_ok")).await.is(201);
    assert_eq!(first.body, again.body);

    let mut other = basket("tok_ok");
    other["items"][0]["quantity"] = json!(3);
    world.mina.tries_to_order("k-1", other).await.invalid_at("/idempotencyKey");
    let all = world.mina.get("/orders").await.is(200);
    assert_eq!(all.body["orders"].as_array().unwrap().len(), 1);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nobody_takes_the_money_the_order_waits() {
    let world = World::without_workers(|config| {
        config.durations.payment_answer = std::time::Duration::from_millis(50);
    })
    .await;
    let waiting = world.mina.tries_to_order("k-1", basket("tok_ok")).await.is(202);
    assert_eq!(waiting.body["state"], "PAYMENT_PENDING");
    // No store sees an order that is not paid for, not even by guessing its id.
    let id = id(&waiting.body);
    world.kitchen.get(&format!("/orders/{id}")).await.problem(404, "not_found");
    let accept = format!("/storeOrders/{id}/accept");
    world.kitchen.put(&accept, json!({"cookMinutes": 10})).await.problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_needs_a_key() {
    let world = World::without_workers(|_| ()).await;
    let without = world.mina.post("/orders", basket("tok_ok")).await;
    without.invalid_at("/idempotencyKey");
    for key in ["", "a b", &"x".repeat(129)] {
        let refused = world.mina.tries_to_order(key, basket("tok_ok")).await;
        refused.invalid_at("/idempotencyKey");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_basket_that_makes_no_sense_is_refused_where_it_makes_none() {
    let world = World::without_workers(|_| ()).await;
    let cases = [
        ("/note", json!("가".repeat(501)), "/note"),
        ("/address/text", json!(""), "/address/text"),
        ("/address/lat", json!("north"), "/address/lat"),
        ("/items/0/quantity", json!(0), "/items/0/quantity"),
        ("/items/0/quantity", json!(-1), "/items/0/quantity"),
        ("/items/0/menuId", json!("m-9"), "/items/0/menuId"),
        ("/items/0/options/0", json!("치즈"), "/items/0/options/0"),
        ("/items", json!([]), "/items"),
        ("/payment/token", json!(""), "/payment/token"),
        ("/storeId", json!("s-9"), "/storeId"),
        ("/storeId", json!("{p0}"), "/storeId"),
    ];
    for (index, (changed, value, pointer)) in cases.into_iter().enumerate() {
        let mut basket = basket("tok_ok");
        *basket.pointer_mut(changed).unwrap() = value;
        let refused = world.mina.tries_to_order(&format!("k-{index}"), basket).await;
        refused.invalid_at(pointer);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_provider_fails_customers_are_asked_to_come_back() {
    let world = World::new().await;
    let placed = world.mina.tries_to_order("k-1", basket("tok_ok")).await.is(201);
    for _ in 0..20 {
        world.streams.breaker_report(false).await.unwrap();
    }
    let busy = world.mina.tries_to_order("k-2", basket("tok_ok")).await;
    let busy = busy.problem(503, "payment_busy");
    let detail = "결제시스템이 과중된 상태입니다. 잠시 후 다시 결제해 주세요.";
    assert_eq!(busy.body["detail"], detail);
    let seconds: u64 = busy.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=10).contains(&seconds), "{seconds}");
    // What stands is still answered, and nothing was begun for the other.
    world.mina.tries_to_order("k-1", basket("tok_ok")).await.is(201);
    let all = world.mina.get("/orders").await.is(200).body;
    assert_eq!(all["orders"][0]["id"], placed.body["id"]);
    assert_eq!(all["orders"].as_array().unwrap().len(), 1);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_get_lost_keep_others_from_paying_until_the_provider_is_back() {
    let world = World::with(|config| {
        config.durations.payment_answer = Duration::from_millis(300);
        config.durations.payment_reconcile = Duration::from_secs(4);
    })
    .await;
    let keys: Vec<_> = (0..12).map(|n| format!("lost-{n}")).collect();
    let lost = keys.iter().map(|key| world.mina.tries_to_order(key, basket("tok_lost")));
    let lost: Vec<_> = join_all(lost).await.into_iter().map(|it| id(&it.is(202).body)).collect();
    eventually("an open breaker", async || {
        let breaker = world.streams.breaker().await.unwrap();
        matches!(breaker, Breaker::Open { .. }).then_some(())
    })
    .await;
    let busy = world.mina.tries_to_order("k-1", basket("tok_ok")).await;
    busy.problem(503, "payment_busy");

    // One charge finds out that the provider is back; then everybody pays again.
    for key in ["k-2", "k-3"] {
        eventually("a payment", async || {
            let answer = world.mina.tries_to_order(key, basket("tok_ok")).await;
            (answer.status == 201).then_some(())
        })
        .await;
    }
    // The money that nobody had heard of was found, and none was taken twice.
    for id in lost {
        eventually("an order that is paid", async || {
            let order = world.mina.get(&format!("/orders/{id}")).await.is(200).body;
            (order["state"] == "PLACED").then_some(())
        })
        .await;
    }
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_can_have_reasons_to_take_no_order() {
    let world = World::new().await;
    let mut sold_out = basket("tok_ok");
    sold_out["items"][0] = json!({"menuId": "m-2", "quantity": 1});
    world.mina.tries_to_order("k-1", sold_out).await.problem(409, "sold_out");

    let mut far = basket("tok_ok");
    far["address"]["lat"] = json!(37.70);
    world.mina.tries_to_order("k-2", far).await.problem(409, "out_of_area");

    world.kitchen.put("/stores/s-1/pause", json!({})).await.is(200);
    world.mina.tries_to_order("k-3", basket("tok_ok")).await.problem(409, "store_closed");
    world.kitchen.put("/stores/s-1/resume", json!({})).await.is(200);
    world.mina.tries_to_order("k-3", basket("tok_ok")).await.is(201);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_can_be_canceled_until_the_kitchen_begins() {
    let world = World::new().await;
    let early = world.mina.orders("k-1").await;
    let path = format!("/orders/{early}/cancel");
    let canceled = world.mina.put(&path, json!({})).await.is(200);
    assert_eq!(canceled.body["state"], "CANCELED");
    world.mina.put(&path, json!({})).await.is(200);

    let late = world.mina.orders("k-2").await;
    for step in ["accept", "startCook"] {
        world.kitchen.put(&format!("/storeOrders/{late}/{step}"), json!({})).await.is(200);
    }
    let request = world.mina.request(reqwest::Method::PUT, &format!("/orders/{late}/cancel"));
    let refused = answer(request).await.problem(409, "cancel_too_late");
    assert_eq!(refused.body["order"]["state"], "COOKING");
    world.ends().await;
}
