//! Stores as they are described, and found.

use serde_json::json;

use crate::world::{World, store};

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_shown_as_it_was_described() {
    let world = World::without_workers(|_| ()).await;
    let shown = world.mina.get("/stores/s-1").await.is(200).body;
    assert_eq!(shown, store("s-1"));
    let mut far = store("s-2");
    far["lat"] = json!(37.58);
    world.operator.put("/stores/s-2", far.clone()).await.is(200);
    let near = world.mina.get("/stores?lat=37.5540&lng=126.9101").await.is(200).body;
    assert_eq!(near["stores"], json!([shown, far]));
    world.mina.get("/stores/s-9").await.problem(404, "not_found");
    world.mina.get("/stores?lat=37.5").await.problem(422, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_makes_no_sense_is_refused_where_it_makes_none() {
    let world = World::without_workers(|_| ()).await;
    let cases = [
        ("/id", json!("s-2"), "/id"),
        ("/name", json!("  "), "/name"),
        ("/lat", json!(86), "/lat"),
        ("/deliveryRadiusMeters", json!(99), "/deliveryRadiusMeters"),
        ("/deliveryRadiusMeters", json!(20_001), "/deliveryRadiusMeters"),
        ("/openOrdersMax", json!(0), "/openOrdersMax"),
        ("/defaultCookMinutes", json!(4), "/defaultCookMinutes"),
        ("/menu/1/id", json!("m-1"), "/menu/1/id"),
        ("/menu/0/name", json!(""), "/menu/0/name"),
        ("/menu/0/priceWon", json!(-1), "/menu/0/priceWon"),
        ("/menu/0/priceWon", json!(10_000_001), "/menu/0/priceWon"),
    ];
    for (changed, value, pointer) in cases {
        let mut store = store("s-1");
        *store.pointer_mut(changed).unwrap() = value;
        world.kitchen.put("/stores/s-1", store).await.invalid_at(pointer);
    }
    let mut store = store("s-1");
    let dish = store["menu"][0].clone();
    store["menu"] = (0..201).map(|_| dish.clone()).collect();
    world.kitchen.put("/stores/s-1", store).await.invalid_at("/menu");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_its_own() {
    let world = World::without_workers(|_| ()).await;
    let other = world.person("store", "s-2").await;
    for person in [&other, &world.mina, &world.rider] {
        person.put("/stores/s-1", store("s-1")).await.problem(403, "not_yours");
        person.put("/stores/s-1/pause", json!({})).await.problem(403, "not_yours");
    }
    assert_eq!(
        world.kitchen.put("/stores/s-1/pause", json!({})).await.is(200).body["paused"],
        true
    );
    other.put("/stores/s-2/pause", json!({})).await.problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_who_wanted_a_break_and_nobody_can_say_it_was_somebody_else() {
    let world = World::without_workers(|_| ()).await;
    let paused = |by: &str| {
        let mut store = store("s-1");
        store["paused"] = json!(true);
        store["pausedBy"] = json!(by);
        store
    };
    let shown = world.kitchen.put("/stores/s-1/pause", json!({})).await.is(200).body;
    assert_eq!(shown["pausedBy"], "STORE");
    // A menu that changes meanwhile changes nothing about it.
    let shown = world.operator.put("/stores/s-1", paused("SILENCE")).await.is(200).body;
    assert_eq!(shown["pausedBy"], "STORE");
    assert_eq!(world.mina.get("/stores/s-1").await.is(200).body, shown);
    let shown = world.kitchen.put("/stores/s-1/resume", json!({})).await.is(200).body;
    assert_eq!(shown, store("s-1"));
    let shown = world.operator.put("/stores/s-1", paused("SILENCE")).await.is(200).body;
    assert_eq!(shown["pausedBy"], "OPERATOR");
}
