//! What a hub tells of itself in numbers.

use std::time::Instant;

use serde_json::json;

use crate::line::Line;
use crate::scene::{Scene, token};
use crate::world::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn news_are_timed_from_the_append_to_the_kernel() {
    let scene = Scene::with_hubs(0).await;
    let mut hub = scene.hub_process(&[]).await;
    let mut mina = Line::connect(hub.address, &token("customer", "mina", 600)).await;
    let order = scene.placed().await;
    let channel = format!("order:{order}");
    mina.ask("subscribe", json!({"channel": channel})).await;
    assert_eq!(hub.measured("hub_push_latency_seconds_count").await, Some(0.0), "no news yet");

    let started = Instant::now();
    for step in 0..3 {
        scene.cooks(order, step).await;
        mina.publication(&channel).await;
    }
    let seen = started.elapsed().as_secs_f64();
    eventually("all three are counted", async || {
        let count = hub.measured("hub_push_latency_seconds_count").await?;
        (count == 3.0).then_some(())
    })
    .await;
    let sum = hub.measured("hub_push_latency_seconds_sum").await.expect("it is there");
    // Each is wrong by half a round trip at most, and a change of an order alone takes two.
    assert!(0.0 < sum && sum < seen * 2.0, "{sum} of {seen}");
    hub.asks_to_stop().await;
    assert!(hub.ends().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_says_what_it_is() {
    let scene = Scene::with_hubs(0).await;
    let hub = scene.hub_process(&[]).await;
    let connect = async || Line::connect(hub.address, &token("customer", "mina", 600)).await;
    let mut mina = connect().await;
    let order = scene.placed().await;
    let channel = format!("order:{order}");
    let reply = mina.ask("subscribe", json!({"channel": channel})).await;
    scene.cooks(order, 0).await;
    mina.publication(&channel).await;
    assert_eq!(hub.measured("hub_subscriptions{channel=\"order\"}").await, Some(1.0));
    let (epoch, offset) = (&reply["subscribe"]["epoch"], &reply["subscribe"]["offset"]);
    let again = json!({"channel": channel, "recover": true, "epoch": epoch, "offset": offset});
    let reply = connect().await.ask("subscribe", again).await;
    assert_eq!(reply["subscribe"]["recovered"], true, "{reply}");

    let lag = format!("hub_feed_lag_entries{{partition=\"{}\"}}", order.partition());
    eventually("the lag is told", async || hub.measured(&lag).await.filter(|it| *it == 0.0)).await;
    let metrics = hub.metrics().await;
    for name in [
        "build_info{program=\"hub\"",
        "hub_closes_total",
        "hub_feed_age_seconds",
        "hub_publications_total",
        "hub_resumes_total{outcome=\"remembered\"} 1",
        "hub_connections",
        "hub_subscriptions",
        "redis_latency_seconds_bucket{call=\"command\",le=\"0.0001\"}",
    ] {
        assert!(metrics.contains(name), "{name} is missing:\n{metrics}");
    }
    for line in metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().expect("a name");
        assert!(metrics.contains(&format!("# HELP {name} ")), "what is {name}?");
    }
}
