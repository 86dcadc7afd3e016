//! Promises that no single part keeps alone.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use workers::Role;

use crate::world::{PARTITIONS, World, eventually, store};

/// With which a store's own board moves.
const STEPS: [&str; 3] = ["accept", "startCook", "finishCook"];

#[tokio::test]
async fn what_is_pushed_and_what_rest_answers_are_the_same_bytes() {
    let world = World::new().await;
    let id = world.mina.orders("key-1").await;
    let url = format!("ws://{}/connection/websocket", world.hub.local_addr());
    let (mut socket, _) = connect_async(url).await.unwrap();
    let hello = json!({"id": 1, "connect": {"token": world.mina.token}});
    let follow = json!({"id": 2, "subscribe": {"channel": format!("order:{id}")}});
    socket.send(Message::text(format!("{hello}\n{follow}"))).await.unwrap();

    for step in 0..=STEPS.len() {
        let order = world.mina.get(&format!("/orders/{id}")).await.is(200);
        // The snapshot first, then one push for each step.
        loop {
            let frame = socket.next().await.unwrap().unwrap().into_text().unwrap();
            if frame.contains(&format!(r#""version":{},"#, order.body["version"])) {
                assert!(frame.contains(&order.text), "{frame}\nand not\n{}", order.text);
                break;
            }
        }
        if let Some(step) = STEPS.get(step) {
            world.kitchen.put(&format!("/storeOrders/{id}/{step}"), json!({})).await.is(200);
        }
    }
    world.ends().await;
}

#[tokio::test]
async fn without_workers_for_stores_orders_are_taken_and_get_there_when_they_are_back() {
    let mut world = World::without_workers(|_| ()).await;
    let mut auto = store("s-1");
    auto["autoAccept"] = json!(true);
    world.kitchen.put("/stores/s-1", auto).await.is(200);
    let mut config = workers::Config::new(world.redis.url(), PARTITIONS);
    config.roles = vec![Role::Payment, Role::Rider, Role::Customer, Role::Clock];
    let others = workers::start(config.clone()).await.unwrap();

    let id = world.mina.orders("key-1").await;
    let board = world.kitchen.get("/storeOrders").await.is(200).body;
    assert_eq!(board["tickets"][0]["orderId"], id.as_str());
    assert_eq!(board["tickets"][0]["state"], "PLACED");

    config.roles = vec![Role::Store];
    world.workers = Some(workers::start(config).await.unwrap());
    eventually("the order is accepted", async || {
        let order: Value = world.mina.get(&format!("/orders/{id}")).await.body;
        (order["state"] == "ACCEPTED").then_some(())
    })
    .await;
    others.stop().await;
}
