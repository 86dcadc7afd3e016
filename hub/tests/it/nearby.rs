//! Riders: the jobs around them, their own jobs, and where they are seen.

use std::time::Duration;

use domain::{Command, RiderId};
use serde_json::{Value, json};

use crate::line::Line;
use crate::scene::{HOME, SHOP, Scene, now, seen, token};
use crate::world::eventually;

#[tokio::test]
async fn a_job_reaches_riders_nearby_and_leaves_them_when_it_is_taken() {
    let scene = Scene::with_hubs(2).await;
    scene.goes_online("r-1").await;
    let id = scene.placed().await;
    scene.cooks(id, 0).await;
    let mut rider = scene.rider(0, "r-1").await;
    let look = json!({"channel": "nearby",
        "data": {"lat": SHOP.lat, "lng": SHOP.lng, "radiusMeters": 1_000}});
    let reply = rider.ask("subscribe", look.clone()).await;
    assert_eq!(reply["subscribe"]["data"], json!({"jobs": [], "radiusMeters": 1_000}));

    scene.cooks(id, 1).await;
    let preview = rider.publication("nearby").await;
    assert_eq!(preview["data"]["job"]["claimable"], false);
    scene.cooks(id, 2).await;
    let open = rider.publication("nearby").await;
    assert_eq!(
        (&open["data"]["type"], &open["data"]["job"]["claimable"]),
        (&"job".into(), &true.into())
    );
    assert!(open["data"]["job"]["dropoff"]["address"].is_null());

    // Far away it is out of sight, by whatever hub the rider reports.
    let body = json!({"method": "nearby.move", "data": {"lat": 37.60, "lng": 126.91}});
    assert!(rider.ask("rpc", body).await["rpc"].is_object());
    let gone = rider.publication("nearby").await;
    assert_eq!(gone["data"]["reason"], "outOfRange");
    let fix = streams::Fix { point: SHOP, heading: None, at: now() };
    scene.streams.publish_fix(&"r-1".parse().unwrap(), fix).await.unwrap();
    assert_eq!(rider.publication("nearby").await["data"]["type"], "job");

    let other: RiderId = scene.goes_online("r-2").await;
    scene.does(id, Command::Claim { by: other, from: seen(SHOP) }).await;
    let gone = rider.publication("nearby").await;
    assert_eq!(
        gone["data"],
        json!({"type": "jobGone", "orderId": id.to_string(), "reason": "taken"})
    );
    rider.ask("unsubscribe", json!({"channel": "nearby"})).await;
    let again = rider.ask("subscribe", look).await;
    assert_eq!(again["subscribe"]["data"]["jobs"], json!([]));
}

/// Whoever set the clock of a machine wrong has not made riders silent, or phones liars.
#[tokio::test]
async fn a_hub_whose_clock_is_wrong_serves_riders_all_the_same() {
    let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
    assert!(std::path::Path::new(library).exists(), "apt-get install faketime");
    let scene = Scene::with_hubs(0).await;
    let id = scene.placed().await;
    for step in 0..3 {
        scene.cooks(id, step).await;
    }
    for clock in ["+3600s", "-3600s"] {
        let settings =
            [("LD_PRELOAD", library), ("FAKETIME", clock), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
        let hub = scene.hub_process(&settings).await;
        scene.goes_online("r-1").await;
        let mut rider = Line::connect(hub.address, &token("rider", "r-1", 7_200)).await;
        let at = format!("{:.3}", jiff::Timestamp::now());
        let here = json!({"lat": SHOP.lat, "lng": SHOP.lng, "accuracyMeters": 5, "at": at});
        rider.calls("riders.location", here).await;
        let around = json!({"lat": SHOP.lat, "lng": SHOP.lng});
        let jobs = rider.calls("deliveries.list", around.clone()).await;
        assert_eq!(jobs["jobs"][0]["orderId"], id.to_string(), "{clock}: {jobs}");
        let look = json!({"channel": "nearby", "data": around});
        let jobs = rider.ask("subscribe", look).await["subscribe"]["data"].clone();
        assert_eq!(jobs["jobs"][0]["orderId"], id.to_string(), "{clock}: {jobs}");
    }
}

#[tokio::test]
async fn jobs_on_offer_before_a_hub_started_are_seen_there() {
    let mut scene = Scene::with_hubs(0).await;
    scene.goes_online("r-1").await;
    let id = scene.placed().await;
    for step in 0..3 {
        scene.cooks(id, step).await;
    }
    scene.add_hub().await;
    let mut rider = scene.rider(0, "r-1").await;
    let look = json!({"channel": "nearby", "data": {"lat": HOME.lat, "lng": HOME.lng}});
    let reply = rider.ask("subscribe", look).await;
    assert_eq!(reply["subscribe"]["data"]["jobs"][0]["orderId"], id.to_string());
}

#[tokio::test]
async fn a_rider_is_on_the_map_from_pickup_to_delivery() {
    let scene = Scene::with_hubs(1).await;
    let rider = scene.goes_online("r-1").await;
    let id = scene.placed().await;
    let channel = format!("order:{id}");
    let mut mina = scene.customer(0).await;
    mina.ask("subscribe", json!({"channel": channel})).await;
    for step in 0..3 {
        scene.cooks(id, step).await;
    }
    scene.does(id, Command::Claim { by: rider.clone(), from: seen(SHOP) }).await;
    let is = |point| streams::Fix { point, heading: Some(90.0), at: now() };
    scene.streams.publish_fix(&rider, is(SHOP)).await.unwrap();
    scene.does(id, Command::Pick { by: rider.clone(), from: None }).await;
    mina.until(|it| it["push"]["pub"]["data"]["event"] == "DeliveryStarted").await;
    let location = |it: &Value| it["push"]["pub"]["data"]["type"] == "riderLocation";
    let before = mina.everything().await;
    assert!(!before.iter().any(location), "seen before pickup: {before:?}");

    let seen = eventually("the rider is on the map", async || {
        scene.streams.publish_fix(&rider, is(HOME)).await.unwrap();
        mina.everything().await.into_iter().find(location)
    })
    .await;
    assert_eq!(seen["push"]["pub"]["data"]["lat"], HOME.lat);
    assert!(seen["push"]["pub"]["offset"].is_null());

    scene.does(id, Command::Confirm { by: rider.clone() }).await;
    mina.until(|it| it["push"]["pub"]["data"]["event"] == "DeliveryCompleted").await;
    mina.everything().await;
    scene.streams.publish_fix(&rider, is(SHOP)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let after = mina.everything().await;
    assert!(!after.iter().any(location), "seen after delivery: {after:?}");
}

#[tokio::test]
async fn where_a_rider_is_without_the_job_is_nobodys_business_however_late_a_hub_hears() {
    let scene = Scene::with_hubs(1).await;
    let rider = scene.goes_online("r-1").await;
    let id = scene.placed().await;
    let mut mina = scene.customer(0).await;
    mina.ask("subscribe", json!({"channel": format!("order:{id}")})).await;
    for step in 0..3 {
        scene.cooks(id, step).await;
    }
    scene.does(id, Command::Claim { by: rider.clone(), from: seen(SHOP) }).await;
    let order = scene.does(id, Command::Pick { by: rider.clone(), from: None }).await;
    mina.until(|it| it["push"]["pub"]["data"]["event"] == "DeliveryStarted").await;

    // As the feed has it, the rider is on the way; as their list has it, they are not any more.
    let reports = async |point| {
        let fix = streams::Fix { point, heading: None, at: now() };
        scene.streams.report_location(&rider, fix).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    for _ in 0..3 {
        reports(HOME).await;
    }
    scene.streams.settle_rider(&rider, &order).await.unwrap();
    let location = |it: &Value| it["push"]["pub"]["data"]["type"] == "riderLocation";
    let seen = eventually("the rider is on the map", async || {
        reports(SHOP).await;
        mina.everything().await.into_iter().find(location)
    })
    .await;
    assert_eq!(seen["push"]["pub"]["data"]["lat"], SHOP.lat, "{seen}");
}

#[tokio::test]
async fn a_rider_who_gives_a_job_back_is_told_nothing_more_of_its_order() {
    let scene = Scene::with_hubs(1).await;
    let by = scene.goes_online("r-1").await;
    let id = scene.placed().await;
    for step in 0..3 {
        scene.cooks(id, step).await;
    }
    let order = scene.does(id, Command::Claim { by: by.clone(), from: seen(SHOP) }).await;
    scene.streams.tell_rider(&by, &order, "JobClaimed").await.unwrap();
    let mut rider = scene.rider(0, "r-1").await;
    let own = rider.ask("subscribe", json!({"channel": "rider:r-1"})).await;
    assert_eq!(own["subscribe"]["data"]["jobs"][0]["mine"], true, "{own}");
    let channel = format!("order:{id}");
    let reply = rider.ask("subscribe", json!({"channel": channel})).await;
    assert!(reply["subscribe"]["data"]["order"]["address"].is_object());

    let order =
        scene.does(id, Command::Release { by: by.clone(), reason: "flat tire".to_owned() }).await;
    let end = rider.until(|it| it["push"]["unsubscribe"].is_object()).await;
    assert_eq!(end["push"]["unsubscribe"]["code"], 2000);
    scene.streams.tell_rider(&by, &order, "JobReleased").await.unwrap();
    let news = rider.publication("rider:r-1").await;
    assert_eq!(news["data"]["event"], "JobReleased");
    assert!(news["data"]["job"]["dropoff"]["address"].is_null());
    let reply = rider.ask("subscribe", json!({"channel": channel})).await;
    assert_eq!(reply["error"]["code"], 103);
}
