//! Channels, for those whose they are not; and what they hear who listen to all that they may.

use std::time::Duration;

use serde_json::{Value, json};

use super::stage::{Stage, Stranger};
use crate::world::{answer, eventually};

/// Every command that names a channel, with what it is answered: nothing is a success.
const COMMANDS: [(&str, u64); 8] = [
    ("subscribe", 103),
    ("publish", 108),
    ("presence", 108),
    ("presence_stats", 108),
    ("history", 108),
    ("sub_refresh", 103),
    ("unsubscribe", 0),
    ("subscribe", 103),
];

/// The channels of Mina's evening that `stranger` has no part in.
fn foreign(stage: &Stage, stranger: &Stranger) -> Vec<String> {
    let mut channels = vec![
        format!("order:{}", stage.order),
        "store:s-1".to_owned(),
        "customer:c-mina".to_owned(),
        "rider:r-jun".to_owned(),
        "ops".to_owned(),
        // Of a kind that there is not.
        "chat:c-mina".to_owned(),
    ];
    if stranger.role != "rider" {
        channels.push("nearby".to_owned());
    }
    channels
}

/// The channels that are theirs.
fn own(stranger: &Stranger) -> Vec<Value> {
    let name = stranger.name;
    match stranger.role {
        "customer" => vec![json!({"channel": format!("customer:{name}")})],
        "store" => vec![json!({"channel": "store:s-2"})],
        "guest" => vec![],
        _ => vec![
            json!({"channel": format!("rider:{name}")}),
            json!({"channel": "nearby", "data": {"lat": 37.5541, "lng": 126.9102}}),
        ],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_opens_the_channel_of_somebody_else() {
    let stage = Stage::new().await;
    // The true place, as if it had been overheard.
    let hub = stage.world.hub.local_addr();
    let mut mina = crate::line::Line::connect(hub, &stage.world.mina.token).await;
    let channel = format!("order:{}", stage.order);
    let place = mina.ask("subscribe", json!({"channel": channel})).await["subscribe"].clone();
    assert_eq!(place["data"]["order"]["state"], "DELIVERING");

    for stranger in stage.strangers().await {
        for channel in foreign(&stage, &stranger) {
            let mut line = stranger.line(&stage).await;
            for (command, code) in COMMANDS {
                let body = json!({
                    "channel": channel, "token": stage.world.mina.token, "limit": 10,
                    "data": {"lat": 37.5541, "lng": 126.9102}, "recover": true,
                    "epoch": place["epoch"], "offset": 0,
                });
                let reply = line.ask(command, body).await;
                let what = format!("{} {}: {command} {channel}", stranger.role, stranger.name);
                assert_eq!(reply["error"]["code"].as_u64().unwrap_or(0), code, "{what}: {reply}");
                stage.assert_silent_about_mina(&stranger, false, &what, &reply.to_string());
            }
            let path = format!("/events?channel={channel}&lat=37.5541&lng=126.9102");
            let told = answer(stranger.person.request(reqwest::Method::GET, &path)).await;
            let told = told.problem(404, "not_found");
            stage.assert_silent_about_mina(&stranger, false, &path, &told.text);
            assert!(line.everything().await.is_empty(), "{} {channel}", stranger.name);
        }
    }
    stage.world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_listens_to_all_that_they_may_hears_nothing_of_it() {
    let mut stage = Stage::with_order_to_cook().await;
    let mut watchers = Vec::new();
    for stranger in stage.strangers().await {
        let mut line = stranger.line(&stage).await;
        for body in own(&stranger) {
            let reply = line.ask("subscribe", body).await;
            assert!(reply["subscribe"].is_object(), "{reply}");
            stage.assert_silent_about_mina(&stranger, false, "a snapshot", &reply.to_string());
        }
        watchers.push((stranger, line));
    }
    stage.goes_out().await;
    let jun = stage.world.person("rider", "r-jun").await;
    // Paced: one position a second.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    jun.put("/riders/me/location", json!({"lat": 37.5541, "lng": 126.9103})).await.is(200);
    jun.put(&format!("/deliveries/{}/confirm", stage.order), json!({})).await.is(200);
    eventually("the customer has been told", async || {
        let statuses = stage.world.mina.get("/orderStatuses").await.is(200).body;
        (statuses["orderStatuses"][0]["state"] == "DELIVERED").then_some(())
    })
    .await;

    for (stranger, mut line) in watchers {
        let heard = line.everything().await;
        for message in &heard {
            let is_nearby = message["push"]["channel"] == "nearby";
            let what = format!("{} {}", stranger.role, stranger.name);
            stage.assert_silent_about_mina(&stranger, is_nearby, &what, &message.to_string());
        }
        // The job came and went; nobody else was told anything.
        assert_eq!(heard.is_empty(), stranger.role != "rider", "{}: {heard:?}", stranger.name);
    }
    stage.world.ends().await;
}
