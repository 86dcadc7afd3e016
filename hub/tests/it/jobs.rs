//! Jobs: who sees them, who gets them.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::world::{World, eventually};

const NEAR: &str = "/deliveries?lat=37.5541&lng=126.9102";

fn claim(id: &str) -> String {
    format!("/deliveries/{id}/claim")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_riders_one_gets_the_job() {
    let world = World::new().await;
    let id = world.cooked_order("k-1").await;
    let jun = world.rider_at_the_store("r-jun").await;
    let bora = world.rider_at_the_store("r-bora").await;
    let path = claim(&id);
    let (one, other) = tokio::join!(jun.put(&path, json!({})), bora.put(&path, json!({})));
    let (won, lost) = if one.status == 200 { (one, other) } else { (other, one) };
    let won = won.is(200).body;
    assert_eq!((&won["mine"], &won["state"]), (&json!(true), &json!("CLAIMED")));
    assert_eq!(won["dropoff"]["address"], "망원동 12길 3, 402호");
    let lost = lost.problem(409, "taken").body;
    assert_eq!(lost["order"]["mine"], false);
    assert!(lost["order"]["dropoff"].get("address").is_none(), "{lost}");
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_ridden_to_its_end() {
    let world = World::new().await;
    let id = world.cooked_order("k-1").await;
    let jun = world.rider_at_the_store("r-jun").await;
    let jobs = jun.get(NEAR).await.is(200).body;
    let job = &jobs["jobs"][0];
    assert_eq!((&job["orderId"], &job["claimable"]), (&json!(id), &json!(true)));
    assert!(job["dropoff"].get("address").is_none(), "{job}");

    jun.put(&claim(&id), json!({})).await.is(200);
    jun.put(&claim(&id), json!({})).await.is(200);
    assert_eq!(jun.get(NEAR).await.is(200).body, json!({"jobs": []}));
    let pick = format!("/deliveries/{id}/pick");
    assert_eq!(jun.put(&pick, json!({})).await.is(200).body["state"], "PICKED_UP");
    let stuck = jun.put("/riders/me/offline", json!({})).await.problem(409, "wrong_state");
    assert_eq!(stuck.body["order"]["orderId"], id.as_str());
    let confirm = format!("/deliveries/{id}/confirm");
    assert_eq!(jun.put(&confirm, json!({})).await.is(200).body["state"], "COMPLETED");
    let gone = jun.put("/riders/me/offline", json!({})).await.is(200).body;
    assert_eq!((&gone["online"], &gone["activeJobs"]), (&json!(false), &json!(0)));
    let order = world.mina.get(&format!("/orders/{id}")).await.is(200).body;
    assert_eq!((&order["state"], &order["rider"]["id"]), (&json!("DELIVERED"), &json!("r-jun")));
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_picks_up_an_open_job_has_claimed_it() {
    let world = World::new().await;
    let id = world.cooked_order("k-1").await;
    let jun = world.rider_at_the_store("r-jun").await;
    let picked = jun.put(&format!("/deliveries/{id}/pick"), json!({})).await.is(200).body;
    assert_eq!((&picked["mine"], &picked["state"]), (&json!(true), &json!("PICKED_UP")));
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_released_job_is_open_again_for_others() {
    let world = World::new().await;
    let id = world.cooked_order("k-1").await;
    let jun = world.rider_at_the_store("r-jun").await;
    jun.put(&claim(&id), json!({})).await.is(200);
    let released = jun.put(&format!("/deliveries/{id}/release"), json!({"reason": "flat"})).await;
    assert_eq!(released.is(200).body["state"], "OPEN");
    jun.put(&claim(&id), json!({})).await.problem(409, "wrong_state");
    assert_eq!(jun.get(NEAR).await.is(200).body["jobs"][0]["claimable"], false);
    let bora = world.rider_at_the_store("r-bora").await;
    bora.put(&claim(&id), json!({})).await.is(200);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rider_has_to_be_near_and_at_work_and_not_overloaded() {
    let world = World::new().await;
    let id = world.cooked_order("k-1").await;
    world.rider.get(NEAR).await.problem(409, "wrong_state");
    world.rider.put(&claim(&id), json!({})).await.problem(409, "wrong_state");
    let here = json!({"lat": 37.5541, "lng": 126.9102});
    world.rider.put("/riders/me/location", here).await.problem(409, "wrong_state");

    let far = world.person("rider", "r-far").await;
    far.goes_to(37.60, 126.91).await;
    let refused = far.put(&claim(&id), json!({})).await.problem(409, "too_far");
    assert_eq!(refused.body["order"]["claimable"], true);

    let jun = world.rider_at_the_store("r-jun").await;
    jun.put(&claim(&id), json!({})).await.is(200);
    for key in ["k-2", "k-3"] {
        jun.put(&claim(&world.cooked_order(key).await), json!({})).await.is(200);
    }
    let fourth = world.cooked_order("k-4").await;
    jun.put(&claim(&fourth), json!({})).await.problem(409, "too_many_jobs");
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_that_say_nothing_change_nothing() {
    let world = World::without_workers(|_| ()).await;
    let jun = world.rider_at_the_store("r-jun").await;
    // As often as it takes: reports that come too fast say nothing either.
    let report = async |body: Value| {
        eventually("the rider may report", async || {
            let answer = jun.put("/riders/me/location", body.clone()).await;
            (answer.status != 429).then_some(answer)
        })
        .await
    };
    let vague = json!({"lat": 37.5, "lng": 126.9, "accuracyMeters": 101});
    assert_eq!(report(vague).await.is(200).body["lat"], 37.5541);
    let old = json!({"lat": 37.5, "lng": 126.9, "accuracyMeters": 5, "at": "2020-01-01T00:00:00Z"});
    assert_eq!(report(old).await.is(200).body["lat"], 37.5541);
    let list = json!([
        {"lat": 37.5545, "lng": 126.9102}, {"lat": 37.52, "lng": 126.9, "accuracyMeters": 500},
    ]);
    assert_eq!(report(list).await.is(200).body["lat"], 37.5545);
    // Across the river within a moment.
    report(json!({"lat": 37.51, "lng": 126.91})).await.invalid_at("/lat");
    report(json!([{"lat": 37.51, "lng": 126.91}])).await.invalid_at("/0/lat");
    report(json!({"lat": 91, "lng": 126.9})).await.invalid_at("/lat");
    report(json!([{"lat": 37.5, "lng": 126.9, "at": "2999-01-01T00:00:00Z"}]))
        .await
        .invalid_at("/0/at");
    jun.get("/deliveries?lat=37.5&lng=126.9&radiusMeters=99").await.invalid_at("/radiusMeters");
    jun.get("/deliveries?lat=37.5").await.problem(422, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_is_told_once_that_the_rider_is_nearly_there_and_only_with_the_food() {
    let world = World::new().await;
    let id = world.cooked_order("k-1").await;
    let jun = world.person("rider", "r-jun").await;
    jun.put("/riders/me/online", json!({})).await.is(200);
    let start = jiff::Timestamp::now();
    // Where he was so long ago, so that he can have come from there.
    let is_at = async |lat: f64, lng: f64, seconds_ago: i64| {
        let at = start - jiff::SignedDuration::from_secs(seconds_ago);
        let here = json!([{"lat": lat, "lng": lng, "at": format!("{at:.3}")}]);
        eventually("the rider may report", async || {
            let answer = jun.put("/riders/me/location", here.clone()).await;
            (answer.status != 429).then(|| answer.is(200))
        })
        .await;
    };
    let told = async || {
        let told = world.mina.get("/logs").await.is(200).body;
        let alerts = told["alerts"].as_array().expect("alerts").clone();
        alerts.iter().filter(|it| it["text"].as_str().expect("text").contains("거의 다")).count()
    };
    is_at(37.5541, 126.9102, 50).await;
    jun.put(&claim(&id), json!({})).await.is(200);
    // 150 m from the door, and still without the food.
    is_at(37.5551, 126.9037, 40).await;
    jun.put(&format!("/deliveries/{id}/pick"), json!({})).await.is(200);
    is_at(37.5541, 126.9102, 30).await;
    assert_eq!(told().await, 0);
    for seconds_ago in [20, 10] {
        is_at(37.5551, 126.9037, seconds_ago).await;
    }
    eventually("the customer is told", async || (told().await == 1).then_some(())).await;
    let order = world.mina.get(&format!("/orders/{id}")).await.is(200).body;
    let steps = order["timeline"].as_array().expect("a timeline");
    assert_eq!(steps.iter().filter(|it| it["event"] == "RiderApproached").count(), 1);
    jun.put(&format!("/deliveries/{id}/confirm"), json!({})).await.is(200);
    eventually("all is told", async || {
        let log = world.mina.get("/logs").await.is(200).body;
        log.to_string().contains("맛있게").then_some(())
    })
    .await;
    assert_eq!(told().await, 1);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_twice_a_second_is_enough() {
    let world = World::without_workers(|_| ()).await;
    let jun = world.rider_at_the_store("r-jun").await;
    let here = json!({"lat": 37.5541, "lng": 126.9102});
    let answers = join_all((0..6).map(|_| jun.put("/riders/me/location", here.clone()))).await;
    let refused = answers.into_iter().find(|it| it.status == 429);
    let refused = refused.expect("six at once are too many");
    assert_eq!(refused.headers["retry-after"], "1");
    refused.problem(429, "too_many_requests");
    // Others are not slowed down by it.
    world.rider_at_the_store("r-bora").await;
}
