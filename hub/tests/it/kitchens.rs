//! A board and its tickets.

use serde_json::json;

use crate::world::World;

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
