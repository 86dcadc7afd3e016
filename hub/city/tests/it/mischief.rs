//! The troubles that show on the stage: each has an effect, and is over by itself.

use std::time::Duration;

use city::client::Client;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::evening::{DELIVERY_MAX, Running, until};

/// Somebody who only eats at the stage's store orders there, whether it listens or not.
async fn orders_at_the_stage(customer: &Client, key: &str) {
    let shop: Value = customer.get("/stores/s-1").await.unwrap();
    let dish = &shop["menu"][0];
    let price = dish["priceWon"].as_u64().unwrap();
    let quantity = shop["minTotalWon"].as_u64().unwrap().div_ceil(price).max(1);
    let body = json!({
        "storeId": "s-1",
        "items": [{
            "menuId": dish["id"],
            "quantity": quantity,
            "options": dish["options"].as_array().unwrap().iter().take(1).collect::<Vec<_>>(),
        }],
        "address": {"text": "나루동 3길 8", "lat": shop["lat"], "lng": shop["lng"]},
        "note": "",
        "payment": {"method": "card", "token": "tok_ok"},
    });
    let _: Value = customer.post_once("/orders", key, &body).await.unwrap();
}

#[tokio::test]
async fn a_deaf_store_leaves_orders_unanswered_until_it_is_paused_and_then_opens_again() {
    let city = Running::start(&["--speed", "20", "--accept-seconds", "2"]).await;
    city.until_an_order_is("COOKING").await;
    city.makes("storeDeaf").await;
    let customer = city.sign_in("customer", "c-visitor").await;
    for n in 0..3 {
        orders_at_the_stage(&customer, &format!("k-{n}")).await;
    }
    let store = async || city.operator.get::<Value>("/stores/s-1").await.unwrap();
    let pauses = async || store().await["pausedBy"] == "SILENCE";
    until("the store is paused", DELIVERY_MAX, pauses).await;
    let orders: Value = customer.get("/orders").await.unwrap();
    for order in orders["orders"].as_array().unwrap() {
        assert_eq!(order["reason"], "STORE_TIMEOUT", "{order}");
    }
    let opens = async || store().await["paused"] == false;
    until("the cook is back at the board", DELIVERY_MAX, opens).await;
}

#[tokio::test]
async fn a_silent_rider_is_not_heard_of_for_a_while_and_then_again() {
    let city = Running::start(&["--speed", "6"]).await;
    let rider = city.sign_in("rider", "r-1").await;
    let seen_at = async || {
        // Goes to work who is at work already, and is told of themselves.
        let me: Value = rider.put("/riders/me/online", &json!({})).await.unwrap();
        me["at"].as_str().map(str::to_owned)
    };
    until("the rider is at work", DELIVERY_MAX, async || seen_at().await.is_some()).await;
    city.makes("riderSilent").await;
    // What was on its way.
    sleep(Duration::from_secs(2)).await;
    let last = seen_at().await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(seen_at().await, last);
    until("the rider is heard again", DELIVERY_MAX, async || seen_at().await != last).await;
}
