//! Where riders are, in the eyes of others: how many are near, and where all of them are; and what
//! riders are told of themselves.

use domain::{Command, Point};
use serde_json::{Value, json};

use crate::line::Line;
use crate::scene::{SHOP, Scene, seen, token};

/// In the second ring around the store and not in the first.
const FURTHER: Point = Point { lat: 37.5720, lng: 126.9101 };

/// A rider who goes to work at `at`, and says so to a hub.
async fn rider_at(scene: &Scene, hub: usize, id: &str, at: Point) -> Line {
    let mut rider = scene.rider(hub, id).await;
    rider.calls("riders.online", json!({})).await;
    rider.calls("riders.location", json!({"lat": at.lat, "lng": at.lng})).await;
    rider
}

/// Waits until somebody is told that so many riders are near.
async fn hears_count(line: &mut Line, count: usize) -> Value {
    let is_it = |it: &Value| {
        let news = &it["push"]["pub"]["data"];
        news["type"] == "ridersNear" && news["count"] == count
    };
    line.until(is_it).await["push"]["pub"].clone()
}

#[tokio::test]
async fn customer_and_store_are_told_how_many_riders_are_near_as_long_as_nobody_has_the_job() {
    let scene = Scene::with_hubs(2).await;
    let id = scene.placed().await;
    let channel = format!("order:{id}");
    let (mut mina, mut kitchen) = (scene.customer(0).await, scene.kitchen(1).await);
    let reply = mina.ask("subscribe", json!({"channel": channel})).await;
    assert!(reply["subscribe"]["data"]["ridersNear"].is_null());
    let reply = kitchen.ask("subscribe", json!({"channel": "store:s-1"})).await;
    assert_eq!(reply["subscribe"]["data"]["ridersNear"], json!([]));

    let _jun = rider_at(&scene, 0, "r-jun", SHOP).await;
    let mut bora = rider_at(&scene, 1, "r-bora", SHOP).await;
    let _far = rider_at(&scene, 1, "r-far", FURTHER).await;
    for step in 0..3 {
        scene.cooks(id, step).await;
    }
    for line in [&mut mina, &mut kitchen] {
        let told = hears_count(line, 2).await;
        assert_eq!(told["data"]["orderId"], id.to_string());
        assert!(told["data"]["at"].is_string() && told["offset"].is_null(), "{told}");
    }
    let mut other = scene.customer(0).await;
    let reply = other.ask("subscribe", json!({"channel": channel})).await;
    assert_eq!(reply["subscribe"]["data"]["ridersNear"]["count"], 2);
    assert!(reply["subscribe"]["data"]["order"].get("ridersNear").is_none());

    bora.calls("riders.offline", json!({})).await;
    hears_count(&mut mina, 1).await;
    hears_count(&mut kitchen, 1).await;

    let by = "r-jun".parse().expect("this is an id");
    scene.does(id, Command::Claim { by, from: seen(SHOP) }).await;
    mina.until(|it| it["push"]["pub"]["data"]["event"] == "JobClaimed").await;
    let mut late = scene.customer(0).await;
    let reply = late.ask("subscribe", json!({"channel": channel})).await;
    assert!(reply["subscribe"]["data"]["ridersNear"].is_null(), "{reply}");
}

#[tokio::test]
async fn operators_see_where_all_riders_are_by_whatever_hub_they_say_so() {
    let scene = Scene::with_hubs(2).await;
    let mut operator = Line::connect(scene.hub(0), &token("operator", "o-1", 600)).await;
    let reply = operator.ask("subscribe", json!({"channel": "ops"})).await;
    assert_eq!(reply["subscribe"]["data"]["riders"], json!([]));
    let _jun = rider_at(&scene, 0, "r-jun", SHOP).await;
    let mut bora = rider_at(&scene, 1, "r-bora", FURTHER).await;
    let shows = |total: usize| {
        move |it: &Value| {
            let news = &it["push"]["pub"]["data"];
            news["type"] == "riders" && news["total"] == total
        }
    };
    let told = operator.until(shows(2)).await;
    assert_eq!(
        told["push"]["pub"]["data"]["riders"],
        json!([
            {"id": "r-bora", "lat": FURTHER.lat, "lng": FURTHER.lng},
            {"id": "r-jun", "lat": SHOP.lat, "lng": SHOP.lng},
        ])
    );
    bora.calls("riders.offline", json!({})).await;
    operator.until(shows(1)).await;
}

#[tokio::test]
async fn riders_are_told_of_themselves_whatever_hub_it_changed_by() {
    let scene = Scene::with_hubs(2).await;
    let id = scene.placed().await;
    for step in 0..3 {
        scene.cooks(id, step).await;
    }
    let mut screen = scene.rider(0, "r-jun").await;
    let reply = screen.ask("subscribe", json!({"channel": "rider:r-jun"})).await;
    assert_eq!(reply["subscribe"]["data"]["rider"]["online"], false);
    let mut phone = rider_at(&scene, 1, "r-jun", SHOP).await;
    let is = |check: fn(&Value) -> bool| {
        move |it: &Value| {
            let news = &it["push"]["pub"];
            news["data"]["type"] == "rider" && news["offset"].is_null() && check(&news["data"])
        }
    };
    screen.until(is(|it| it["rider"]["online"] == true && it["rider"]["lat"] == SHOP.lat)).await;
    phone.calls("deliveries.claim", json!({"orderId": id.to_string()})).await;
    screen.until(is(|it| it["rider"]["activeJobs"] == 1)).await;
    phone.calls("deliveries.release", json!({"orderId": id.to_string()})).await;
    screen.until(is(|it| it["rider"]["activeJobs"] == 0)).await;
    phone.calls("riders.offline", json!({})).await;
    screen.until(is(|it| it["rider"]["online"] == false)).await;
}

#[tokio::test]
async fn who_goes_home_by_one_hub_is_shown_no_jobs_any_more_by_another() {
    let scene = Scene::with_hubs(2).await;
    let mut phone = rider_at(&scene, 1, "r-jun", SHOP).await;
    let mut screen = scene.rider(0, "r-jun").await;
    let look = json!({"channel": "nearby", "data": {"lat": SHOP.lat, "lng": SHOP.lng}});
    assert!(screen.ask("subscribe", look.clone()).await["subscribe"].is_object());
    phone.calls("riders.offline", json!({})).await;
    let end = screen.until(|it| it["push"]["unsubscribe"].is_object()).await;
    assert_eq!(
        (&end["push"]["channel"], &end["push"]["unsubscribe"]["code"]),
        (&"nearby".into(), &2000.into())
    );
    assert_eq!(screen.ask("subscribe", look.clone()).await["error"]["code"], 103);
    // What was known of them before does not end what they begin now.
    phone.calls("riders.online", json!({})).await;
    assert!(screen.ask("subscribe", look).await["subscribe"].is_object());
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    let heard = screen.everything().await;
    assert!(!heard.iter().any(|it| it["push"]["unsubscribe"].is_object()), "{heard:?}");
}
