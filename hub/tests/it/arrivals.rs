//! A rider who has taken a job comes nearer, and the store sees it until the food is theirs.

use domain::{Command, OrderId, Point, RiderId};
use serde_json::{Value, json};

use crate::line::Line;
use crate::scene::{SHOP, Scene, seen};

/// Some 330 m from the store, and some 110 m.
const AWAY: Point = Point { lat: SHOP.lat + 0.003, lng: SHOP.lng };
const NEARER: Point = Point { lat: SHOP.lat + 0.001, lng: SHOP.lng };

/// An order that is cooked, and jun, who took it from `AWAY`.
async fn is_claimed(scene: &Scene) -> (OrderId, RiderId) {
    let jun = scene.goes_online("r-jun").await;
    let id = scene.placed().await;
    for step in 0..3 {
        scene.cooks(id, step).await;
    }
    scene.does(id, Command::Claim { by: jun.clone(), from: seen(AWAY) }).await;
    (id, jun)
}

/// Jun's phone, on a hub.
async fn phone(scene: &Scene, hub: usize) -> Line {
    scene.rider(hub, "r-jun").await
}

async fn says_where(phone: &mut Line, at: Point) {
    phone.calls("riders.location", json!({"lat": at.lat, "lng": at.lng})).await;
}

async fn is_told(kitchen: &mut Line, is_it: impl Fn(u64) -> bool) -> Value {
    let is_distance = |it: &Value| {
        let news = &it["push"]["pub"]["data"];
        news["type"] == "riderDistance" && news["distanceMeters"].as_u64().is_some_and(&is_it)
    };
    kitchen.until(is_distance).await["push"]["pub"].clone()
}

fn is_near(meters: u64) -> bool {
    (100..=120).contains(&meters)
}

#[tokio::test]
async fn a_store_sees_its_rider_come_nearer_by_whatever_hub_the_rider_says_so() {
    let scene = Scene::with_hubs(2).await;
    let mut kitchen = scene.kitchen(0).await;
    let reply = kitchen.ask("subscribe", json!({"channel": "store:s-1"})).await;
    assert_eq!(reply["subscribe"]["data"]["riderDistances"], json!([]));
    let (id, jun) = is_claimed(&scene).await;
    let claimed =
        kitchen.until(|it| it["push"]["pub"]["data"]["event"] == "JobClaimed").await["push"]["pub"]
            ["data"]["ticket"]
            .clone();
    assert_eq!(claimed["rider"]["id"], jun.as_str());
    let meters = claimed["rider"]["distanceMeters"].as_u64().expect("it is known");
    assert!((320..=345).contains(&meters), "{meters}");

    let mut phone = phone(&scene, 1).await;
    says_where(&mut phone, NEARER).await;
    let told = is_told(&mut kitchen, is_near).await;
    assert_eq!(told["data"]["orderId"], id.to_string());
    assert_eq!(told["data"]["riderId"], jun.as_str());
    assert!(told["data"]["at"].is_string() && told["offset"].is_null(), "{told}");

    // Another tablet begins with it; the ticket is the same bytes on both.
    let mut beside = scene.kitchen(0).await;
    let reply = beside.ask("subscribe", json!({"channel": "store:s-1"})).await;
    let data = &reply["subscribe"]["data"];
    assert!(is_near(data["riderDistances"][0]["distanceMeters"].as_u64().unwrap()), "{data}");
    assert_eq!(data["tickets"][0], claimed);
}

#[tokio::test]
async fn where_the_food_goes_is_none_of_the_stores_business() {
    let scene = Scene::with_hubs(1).await;
    let mut kitchen = scene.kitchen(0).await;
    kitchen.ask("subscribe", json!({"channel": "store:s-1"})).await;
    let (id, jun) = is_claimed(&scene).await;
    let mut phone = phone(&scene, 0).await;
    says_where(&mut phone, NEARER).await;
    is_told(&mut kitchen, is_near).await;
    scene.does(id, Command::Pick { by: jun, from: None }).await;
    let is_started = |it: &Value| it["push"]["pub"]["data"]["event"] == "DeliveryStarted";
    let started = kitchen.until(is_started).await;
    let rider = &started["push"]["pub"]["data"]["ticket"]["rider"];
    assert_eq!(rider, &json!({"id": "r-jun", "distanceMeters": null}));
    says_where(&mut phone, SHOP).await;
    tokio::time::sleep(std::time::Duration::from_millis(2_600)).await;
    let heard = kitchen.everything().await;
    let is_distance = |it: &&Value| it["push"]["pub"]["data"]["type"] == "riderDistance";
    assert_eq!(heard.iter().find(is_distance), None);
}

#[tokio::test]
async fn a_store_that_comes_back_to_another_hub_sees_its_rider_come_on() {
    let scene = Scene::with_hubs(2).await;
    let mut kitchen = scene.kitchen(0).await;
    kitchen.ask("subscribe", json!({"channel": "store:s-1"})).await;
    is_claimed(&scene).await;
    let claimed = kitchen.until(|it| it["push"]["pub"]["data"]["event"] == "JobClaimed").await;
    let offset = &claimed["push"]["pub"]["offset"];
    let first = scene.kitchen(0).await.ask("subscribe", json!({"channel": "store:s-1"})).await;
    let epoch = &first["subscribe"]["epoch"];
    let mut back = scene.kitchen(1).await;
    let since = json!({
        "channel": "store:s-1", "recover": true, "offset": offset, "epoch": epoch,
    });
    let reply = back.ask("subscribe", since).await;
    assert_eq!(reply["subscribe"]["recovered"], true, "{reply}");
    assert!(reply["subscribe"]["data"].is_null());
    // The board is read soon; positions are lost until then, and the next is as good.
    let mut phone = phone(&scene, 0).await;
    for step in 1.. {
        let at = Point { lat: NEARER.lat + f64::from(step % 9) * 0.000_01, ..NEARER };
        says_where(&mut phone, at).await;
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        let heard = back.everything().await;
        if heard.iter().any(|it| it["push"]["pub"]["data"]["type"] == "riderDistance") {
            break;
        }
        assert!(step < 30, "nothing came: {heard:?}");
    }
}
