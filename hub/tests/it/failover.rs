//! When Redis goes back: a replica takes over that lacks the newest, or older data are read at a
//! start. Nobody may go on from what never was.

use domain::{Command, OrderId};
use serde_json::{Value, json};
use streams::PrivateRedis;

use crate::line::Line;
use crate::link::Link;
use crate::scene::{Scene, parsed};

/// Follows an order from wherever a hub says that it is.
async fn subscribe(line: &mut Line, id: OrderId) -> Value {
    let channel = format!("order:{id}");
    line.ask("subscribe", json!({"channel": channel})).await["subscribe"].clone()
}

async fn resume(line: &mut Line, id: OrderId, place: &Value) -> Value {
    let request = json!({"channel": format!("order:{id}"), "recover": true,
        "epoch": place["epoch"], "offset": place["offset"]});
    line.ask("subscribe", request).await["subscribe"].clone()
}

/// Where somebody is after a publication.
fn place(epoch: &Value, publication: &Value) -> Value {
    json!({"epoch": epoch, "offset": publication["offset"]})
}

/// Mina has called off what was never accepted, and enough has happened beside it for the feed to
/// be longer than it was before it went back.
async fn another_story(scene: &Scene, id: OrderId, beyond: u64) {
    scene.redis_is_back().await;
    scene.does(id, Command::Cancel { by: parsed("mina") }).await;
    let top =
        async || scene.streams.feed_top(id.partition()).await.expect("Redis answers").sequence;
    while top().await <= beyond + 5 {
        scene.placed().await;
    }
}

/// Everybody, wherever they were and are, is shown the story that is true.
async fn only_the_truth_is_told(scene: &mut Scene, id: OrderId, mut mina: Line, lost: &Value) {
    let channel = format!("order:{id}");
    let end = mina.until(|it| it["push"]["channel"] == channel).await;
    assert_eq!(end["push"]["unsubscribe"]["code"], 2500, "no news of two stories: {end}");
    let mut epochs = Vec::new();
    scene.add_hub().await;
    let last = scene.hubs.len() - 1;
    let mut lines = vec![mina];
    for hub in 0..=last {
        lines.push(scene.customer(hub).await);
    }
    for line in &mut lines {
        // A hub that none of this was told to may learn it a moment later, and says so then.
        let reply = loop {
            let reply = resume(line, id, lost).await;
            if reply["epoch"] != lost["epoch"] {
                break reply;
            }
            line.until(|it| it["push"]["unsubscribe"]["code"] == 2500).await;
        };
        assert_eq!((&reply["was_recovering"], &reply["recovered"]), (&true.into(), &Value::Null));
        let order = &reply["data"]["order"];
        assert_eq!((&order["state"], &order["id"]), (&"CANCELED".into(), &id.to_string().into()));
        epochs.push(reply["epoch"].clone());
    }
    assert!(epochs.iter().all(|it| *it == epochs[0] && *it != lost["epoch"]), "{epochs:?}");

    // From here everybody goes on as ever.
    scene.does(id, Command::RecordRefund { refund: "f-1".to_owned() }).await;
    for line in &mut lines {
        let news = line.publication(&channel).await;
        assert_eq!(news["data"]["order"]["payment"]["state"], "REFUNDED");
        let here = place(&epochs[0], &news);
        line.ask("unsubscribe", json!({"channel": channel})).await;
        let reply = resume(line, id, &here).await;
        assert_eq!((&reply["recovered"], &reply["data"]), (&true.into(), &Value::Null), "{reply}");
    }
}

#[tokio::test]
async fn what_a_failover_lost_is_taken_back_from_all_who_saw_it() {
    let primary = PrivateRedis::start(None).await.expect("redis-server is installed");
    let replica = PrivateRedis::start(None).await.expect("redis-server is installed");
    let copying = Link::to(primary.port()).await;
    replica.follow(copying.port()).await;
    replica.catch_up(&primary).await;
    let link = Link::to(primary.port()).await;
    let url = format!("redis://127.0.0.1:{}", link.port());
    let mut scene = Scene::at(primary, url, 2).await;
    let id = scene.placed().await;
    replica.catch_up(&scene.redis).await;

    copying.turn(None);
    let mut mina = scene.customer(0).await;
    let epoch = subscribe(&mut mina, id).await["epoch"].clone();
    scene.cooks(id, 0).await;
    scene.cooks(id, 1).await;
    let channel = format!("order:{id}");
    assert_eq!(mina.publication(&channel).await["data"]["order"]["state"], "ACCEPTED");
    let seen = mina.publication(&channel).await;
    assert_eq!(seen["data"]["order"]["state"], "COOKING");
    let lost = place(&epoch, &seen);

    replica.promote().await;
    link.turn(Some(replica.port()));
    another_story(&scene, id, seen["offset"].as_u64().expect("a number")).await;
    only_the_truth_is_told(&mut scene, id, mina, &lost).await;
}

#[tokio::test]
async fn what_redis_has_forgotten_at_a_start_is_taken_back_too() {
    let mut scene = Scene::with_hubs(2).await;
    let id = scene.placed().await;
    let older = scene.redis.back_up().await.expect("files can be copied");
    let mut mina = scene.customer(0).await;
    let epoch = subscribe(&mut mina, id).await["epoch"].clone();
    scene.cooks(id, 0).await;
    let seen = mina.publication(&format!("order:{id}")).await;
    let lost = place(&epoch, &seen);

    scene.redis.restart_on(&older).await;
    another_story(&scene, id, seen["offset"].as_u64().expect("a number")).await;
    only_the_truth_is_told(&mut scene, id, mina, &lost).await;
}
