//! Many riders want one job.

use std::time::{Duration, Instant};

use domain::{Command, Order, RiderId};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::line::Line;
use crate::scene::{SHOP, Scene, now};

const RIDERS: usize = 200;
const JOBS: usize = 100;

/// A rider with a line to one of the hubs, who sees the jobs around the store.
async fn at_the_store(scene: &Scene, index: usize) -> (RiderId, Line) {
    let id = format!("r-{index}");
    let rider = scene.goes_online(&id).await;
    let mut line = scene.rider(index % scene.hubs.len(), &id).await;
    let look = json!({"channel": "nearby", "data": {"lat": SHOP.lat, "lng": SHOP.lng}});
    assert!(line.ask("subscribe", look).await["subscribe"].is_object());
    (rider, line)
}

/// What a rider's wish for the job came to, and when they knew; and when they were told that it is
/// gone.
async fn claims(line: &mut Line, id: &str) -> (Value, Instant, Instant) {
    let is_open = |it: &Value| {
        let job = &it["push"]["pub"]["data"]["job"];
        job["orderId"] == id && job["claimable"] == true
    };
    line.until(is_open).await;
    let wish = json!({"method": "deliveries.claim", "data": {"orderId": id}});
    let reply = line.ask("rpc", wish).await;
    let known = Instant::now();
    let gone = line.until(|it| it["push"]["pub"]["data"]["type"] == "jobGone").await;
    let told = Instant::now();
    assert_eq!(
        gone["push"]["pub"]["data"],
        json!({"type": "jobGone", "orderId": id, "reason": "taken"})
    );
    (reply, known, told)
}

/// The food is eaten, and the rider has room for another job.
async fn delivers(scene: &Scene, by: &RiderId, order: &Order) {
    scene.does(order.id, Command::Pick { by: by.clone(), from: None }).await;
    let order = scene.does(order.id, Command::Confirm { by: by.clone() }).await;
    scene.streams.settle_rider(by, &order).await.expect("Redis answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_riders_one_gets_each_job_and_all_others_are_told() {
    let scene = &Scene::with_patient_hubs(2).await;
    let mut riders = join_all((0..RIDERS).map(|index| at_the_store(scene, index))).await;
    let mut waits = Vec::new();
    for _ in 0..JOBS {
        let id = scene.placed().await;
        let (_, outcomes) = tokio::join!(
            async {
                for step in 0..3 {
                    scene.cooks(id, step).await;
                }
            },
            async {
                let id = id.to_string();
                join_all(riders.iter_mut().map(|(_, line)| claims(line, &id))).await
            }
        );
        let winners: Vec<usize> =
            (0..RIDERS).filter(|index| outcomes[*index].0["rpc"].is_object()).collect();
        let [winner] = winners[..] else { panic!("{winners:?} have it") };
        for (reply, ..) in outcomes.iter().filter(|it| it.0["rpc"].is_null()) {
            assert_eq!(reply["error"]["code"], 1_409, "{reply}");
            let problem = reply["error"]["message"].as_str().expect("a problem");
            assert!(problem.contains(r#""code":"taken""#), "{problem}");
        }
        let order =
            scene.streams.load(id).await.expect("Redis answers").expect("it is there").order;
        let by = &riders[winner].0;
        assert_eq!(order.delivery.rider.as_ref(), Some(by));
        let held = scene.streams.rider(by).await.expect("Redis answers").jobs;
        assert_eq!(held, [id], "and nobody keeps a place for what they did not get");
        delivers(scene, by, &order).await;
        let last = outcomes.iter().map(|(.., told)| *told).max().expect("there are riders");
        waits.push(last.duration_since(outcomes[winner].1));
    }
    for (rider, _) in &riders {
        let record = scene.streams.rider(rider).await.expect("Redis answers");
        assert!(record.jobs.is_empty(), "{record:?}");
    }
    waits.sort_unstable();
    println!("from won to the last told: {:?}, at worst {:?}", waits[JOBS / 2], waits[JOBS - 1]);
}

#[tokio::test]
async fn who_was_not_heard_of_is_offered_nothing_until_they_are() {
    let mut scene = Scene::with_hubs(0).await;
    let stale = Duration::from_secs(3);
    scene.add_hub_with(|config| config.durations.rider_stale = stale).await;
    let (rider, mut line) = at_the_store(&scene, 0).await;
    tokio::time::sleep(stale + Duration::from_millis(300)).await;
    let id = scene.placed().await;
    let (_, mut other) = at_the_store(&scene, 1).await;
    for step in 0..3 {
        scene.cooks(id, step).await;
    }
    // Somebody of whom more is known sees it come.
    other.publication("nearby").await;
    let heard = line.everything().await;
    assert!(!heard.iter().any(|it| it["push"]["channel"] == "nearby"), "{heard:?}");
    let claim = json!({"method": "deliveries.claim", "data": {"orderId": id.to_string()}});
    assert_eq!(line.ask("rpc", claim.clone()).await["error"]["code"], 1_409);

    let here = streams::Fix { point: SHOP, heading: None, at: now() };
    scene.streams.report_location(&rider, here).await.expect("Redis answers");
    assert_eq!(line.publication("nearby").await["data"]["job"]["orderId"], id.to_string());
    assert!(line.ask("rpc", claim).await["rpc"].is_object());
}
