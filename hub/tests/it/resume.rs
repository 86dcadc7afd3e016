//! Snapshot, news and coming back: nothing is lost between them, and nothing is passed over in
//! silence.

use std::time::Duration;

use domain::PausedBy;
use serde_json::{Value, json};

use streams::PrivateRedis;

use crate::line::Line;
use crate::link::Link;
use crate::scene::{Scene, parsed, token};

/// Asks for what has happened since a place.
fn back(channel: &str, place: &Value) -> Value {
    json!({"channel": channel, "recover": true,
        "epoch": place["epoch"], "offset": place["offset"]})
}

#[tokio::test]
async fn snapshot_and_news_have_nothing_lost_between_them() {
    let scene = Scene::with_hubs(1).await;
    let mut lines = Vec::new();
    for _ in 0..4 {
        lines.push(scene.customer(0).await);
    }
    for round in 0..12_u64 {
        let id = scene.placed().await;
        let channel = format!("order:{id}");
        let advance = async {
            for step in 0..3 {
                scene.cooks(id, step).await;
            }
        };
        let watch = async {
            for (index, line) in lines.iter_mut().enumerate() {
                tokio::time::sleep(Duration::from_micros(700 * ((round + index as u64) % 5))).await;
                line.send("subscribe", json!({"channel": channel})).await;
            }
        };
        tokio::join!(advance, watch);
        let truth = scene.streams.load(id).await.unwrap().unwrap().order.version;
        for line in &mut lines {
            let reply = line.until(|it| it["subscribe"].is_object()).await;
            let mut version = reply["subscribe"]["data"]["order"]["version"].as_u64().unwrap();
            let mut offset = reply["subscribe"]["offset"].as_u64().unwrap();
            while version < truth {
                let publication = line.publication(&channel).await;
                let next = publication["data"]["order"]["version"].as_u64().unwrap();
                let place = publication["offset"].as_u64().unwrap();
                assert!(next > version && place > offset, "{next} after {version}");
                (version, offset) = (next, place);
            }
            assert_eq!(version, truth);
            line.ask("unsubscribe", json!({"channel": channel})).await;
        }
    }
}

#[tokio::test]
async fn whoever_comes_before_a_hub_has_read_the_feeds_looks_again_when_it_has() {
    let mut scene = Scene::with_hubs(0).await;
    let id = scene.placed().await;
    scene.allows_in_redis("xrevrange", false).await;
    let hub = scene.start_hub_with(|_| ()).await;
    scene.hubs.push(hub);
    let mut mina = scene.customer(0).await;
    let channel = format!("order:{id}");
    let reply = mina.ask("subscribe", json!({"channel": channel})).await;
    assert_eq!(reply["subscribe"]["data"]["order"]["state"], "PLACED");

    scene.cooks(id, 0).await;
    scene.allows_in_redis("xrevrange", true).await;
    let end = mina.until(|it| it["push"]["channel"] == channel).await;
    assert_eq!(end["push"]["unsubscribe"]["code"], 2500, "{end}");
    let place = json!({"epoch": "", "offset": reply["subscribe"]["offset"]});
    let reply = mina.ask("subscribe", back(&channel, &place)).await;
    assert_eq!(reply["subscribe"]["data"]["order"]["state"], "ACCEPTED");
    scene.cooks(id, 1).await;
    assert_eq!(mina.publication(&channel).await["data"]["order"]["state"], "COOKING");
}

#[tokio::test]
async fn whoever_was_away_gets_exactly_what_they_missed_at_any_hub() {
    let mut scene = Scene::with_hubs(1).await;
    let id = scene.placed().await;
    let channel = format!("order:{id}");
    let mut mina = scene.customer(0).await;
    let reply = mina.ask("subscribe", json!({"channel": channel})).await;
    let (epoch, offset) = (&reply["subscribe"]["epoch"], &reply["subscribe"]["offset"]);
    drop(mina);
    scene.cooks(id, 0).await;
    scene.placed().await;
    scene.cooks(id, 1).await;
    // A hub that starts only now has never told anybody any of this.
    scene.add_hub().await;

    let again = json!({"channel": channel, "recover": true, "epoch": epoch, "offset": offset});
    for hub in [0, 1] {
        let mut mina = scene.customer(hub).await;
        let reply = mina.ask("subscribe", again.clone()).await["subscribe"].clone();
        assert_eq!(reply["recovered"], true, "{reply}");
        assert_eq!((&reply["was_recovering"], &reply["offset"]), (&true.into(), offset));
        assert!(reply["data"].is_null());
        let states: Vec<&Value> = reply["publications"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["data"]["order"]["state"])
            .collect();
        assert_eq!(states, ["ACCEPTED", "COOKING"]);
    }
    // Somebody else's place in the feed opens no door.
    let mut stranger = Line::connect(scene.hub(0), &token("customer", "jun", 600)).await;
    assert_eq!(stranger.ask("subscribe", again.clone()).await["error"]["code"], 103);
    // From another feed, or from the future: the picture instead, and said so.
    for (epoch, offset) in [(json!("elsewhere"), offset.clone()), (epoch.clone(), json!(999_999))] {
        let again = json!({"channel": channel, "recover": true, "epoch": epoch, "offset": offset});
        let mut mina = scene.customer(0).await;
        let reply = mina.ask("subscribe", again).await["subscribe"].clone();
        assert_eq!((&reply["was_recovering"], &reply["recovered"]), (&true.into(), &Value::Null));
        assert_eq!(reply["data"]["order"]["state"], "COOKING");
    }
    // Some would rather load it themselves, and are told that they have to.
    let again = json!({"channel": channel, "recover": true, "epoch": "elsewhere", "flag": 3});
    let mut mina = scene.customer(0).await;
    assert_eq!(mina.ask("subscribe", again).await["error"]["code"], 112);
}

#[tokio::test]
async fn whoever_knows_more_than_a_hub_that_is_behind_goes_on_where_they_were() {
    let scene = Scene::with_hubs(1).await;
    let late = scene.hub_process(&[]).await;
    // Whether the hub that was late reads the feed or the request first, chance decides.
    for _ in 0..12 {
        let id = scene.placed().await;
        let channel = format!("order:{id}");
        let mut mina = scene.customer(0).await;
        let epoch = mina.ask("subscribe", json!({"channel": channel})).await["subscribe"].clone();
        let mut again = Line::connect(late.address, &token("customer", "mina", 600)).await;
        late.freezes(true).await;
        scene.cooks(id, 0).await;
        let known = mina.publication(&channel).await;
        let place = json!({"epoch": epoch["epoch"], "offset": known["offset"]});
        let request = again.send("subscribe", back(&channel, &place)).await;
        late.freezes(false).await;

        let reply = again.reply(request).await["subscribe"].clone();
        assert_eq!((&reply["recovered"], &reply["offset"]), (&true.into(), &known["offset"]));
        assert_eq!(reply["publications"], Value::Null, "{reply}");
        let next = scene.cooks(id, 1).await;
        let news = again.publication(&channel).await;
        assert_eq!(news["data"]["order"]["version"], next.version, "told twice, or not at all");
    }
    // What no feed has come to, nobody was told.
    let id = scene.placed().await;
    let mut mina = scene.customer(0).await;
    let channel = format!("order:{id}");
    let mut place = mina.ask("subscribe", json!({"channel": channel})).await["subscribe"].clone();
    place["offset"] = json!(place["offset"].as_u64().unwrap() + 1);
    let reply = scene.customer(0).await.ask("subscribe", back(&channel, &place)).await;
    assert_eq!(reply["subscribe"]["recovered"], Value::Null, "{reply}");
}

#[tokio::test]
async fn a_quiet_order_keeps_its_place_when_the_memory_of_the_hub_does_not_reach_back() {
    let scene = Scene::with_hubs(1).await;
    let id = scene.placed().await;
    let channel = format!("order:{id}");
    let mut mina = scene.customer(0).await;
    let before = mina.ask("subscribe", json!({"channel": channel})).await["subscribe"].clone();
    mina.ask("unsubscribe", json!({"channel": channel})).await;
    scene.cooks(id, 0).await;
    let after = mina.ask("subscribe", json!({"channel": channel})).await["subscribe"].clone();
    mina.ask("unsubscribe", json!({"channel": channel})).await;
    scene.floods_the_feed().await;

    let back = |place: &Value| back(&channel, place);
    let reply = mina.ask("subscribe", back(&after)).await["subscribe"].clone();
    assert_eq!((&reply["recovered"], &reply["data"]), (&true.into(), &Value::Null), "{reply}");
    mina.ask("unsubscribe", json!({"channel": channel})).await;
    let reply = mina.ask("subscribe", back(&before)).await["subscribe"].clone();
    assert_eq!((&reply["recovered"], &reply["was_recovering"]), (&Value::Null, &true.into()));
    assert_eq!(reply["data"]["order"]["state"], "ACCEPTED");
    // And the news go on from there.
    scene.cooks(id, 1).await;
    let publication = mina.publication(&channel).await;
    assert_eq!(publication["data"]["order"]["state"], "COOKING");
}

#[tokio::test]
async fn what_a_quiet_order_or_board_missed_last_is_told_however_long_it_was_quiet() {
    let scene = Scene::with_hubs(1).await;
    let id = scene.placed().await;
    let order = format!("order:{id}");
    let mut lines = [scene.customer(0).await, scene.kitchen(0).await];
    let mut places = Vec::new();
    for (line, channel) in lines.iter_mut().zip([order.as_str(), "store:s-1"]) {
        let reply = line.ask("subscribe", json!({"channel": channel})).await;
        line.ask("unsubscribe", json!({"channel": channel})).await;
        places.push((channel, reply["subscribe"].clone()));
    }
    scene.floods_beside(&parsed("s-1")).await;
    scene.cooks(id, 0).await;
    for (line, (channel, place)) in lines.iter_mut().zip(&places) {
        let reply = line.ask("subscribe", back(channel, place)).await["subscribe"].clone();
        assert_eq!(reply["recovered"], true, "{channel}: {reply}");
        let missed = reply["publications"].as_array().expect("what was missed");
        assert_eq!(missed.len(), 1, "{channel}: {reply}");
        let told = &missed[0]["data"];
        let state = told.pointer("/order/state").or(told.pointer("/ticket/state"));
        assert_eq!(state, Some(&"ACCEPTED".into()), "{channel}: {reply}");
    }
}

#[tokio::test]
async fn a_quiet_board_keeps_its_place_too_and_its_store_is_part_of_it() {
    let scene = Scene::with_hubs(1).await;
    let id = scene.placed().await;
    let mut kitchen = scene.kitchen(0).await;
    let ask = json!({"channel": "store:s-1"});
    let before = kitchen.ask("subscribe", ask.clone()).await["subscribe"].clone();
    kitchen.ask("unsubscribe", ask.clone()).await;
    scene.floods_beside(&parsed("s-1")).await;
    let reply = kitchen.ask("subscribe", back("store:s-1", &before)).await["subscribe"].clone();
    assert_eq!((&reply["recovered"], &reply["data"]), (&true.into(), &Value::Null), "{reply}");
    kitchen.ask("unsubscribe", ask.clone()).await;

    scene.streams.set_paused(&parsed("s-1"), Some(PausedBy::Store)).await.expect("Redis answers");
    scene.floods_beside(&parsed("s-1")).await;
    let reply = kitchen.ask("subscribe", back("store:s-1", &before)).await["subscribe"].clone();
    assert_eq!((&reply["recovered"], &reply["was_recovering"]), (&Value::Null, &true.into()));
    assert_eq!(reply["data"]["store"]["paused"], true);
    assert_eq!(reply["data"]["store"]["pausedBy"], "STORE");
    assert_eq!(reply["data"]["tickets"][0]["orderId"], id.to_string());
}

#[tokio::test]
async fn what_cannot_be_read_is_passed_by_and_only_those_whom_it_may_concern_look_again() {
    let scene = Scene::with_hubs(1).await;
    let (one, other) = (scene.placed().await, scene.placed().await);
    let partition = one.partition();
    let (id, channels) = (one.to_string(), [one, other].map(|id| format!("order:{id}")));
    let mut lines = [scene.customer(0).await, scene.customer(0).await];
    let mut kitchen = scene.kitchen(0).await;
    let mut places = Vec::new();
    for (line, channel) in lines.iter_mut().zip(&channels) {
        let reply = line.ask("subscribe", json!({"channel": channel})).await;
        places.push(reply["subscribe"].clone());
    }
    kitchen.ask("subscribe", json!({"channel": "store:s-1"})).await;

    let oddities: [&[&str]; 2] =
        [&["k", "what is this", "o", &id], &["k", "order", "o", &id, "b", "no JSON"]];
    for fields in oddities {
        scene.streams.append_unreadable(partition, fields).await.expect("Redis answers");
        let end = lines[0].until(|it| it["push"]["unsubscribe"].is_object()).await;
        assert_eq!(end["push"]["unsubscribe"]["code"], 2500);
        let reply = lines[0].ask("subscribe", back(&channels[0], &places[0])).await;
        assert_eq!(reply["subscribe"]["recovered"], true, "the order proves it: {reply}");
    }
    // Nobody else was told to look again, and nothing stands in the way of what comes.
    scene.cooks(one, 0).await;
    scene.cooks(other, 0).await;
    for (line, channel) in lines.iter_mut().zip(&channels) {
        assert_eq!(line.publication(channel).await["data"]["order"]["state"], "ACCEPTED");
        assert!(line.everything().await.is_empty());
    }
    for id in [one, other] {
        let ticket = kitchen.publication("store:s-1").await["data"]["ticket"].clone();
        assert_eq!(ticket["orderId"], id.to_string());
    }
    // Whoever was away then is shown what is there.
    lines[0].ask("unsubscribe", json!({"channel": channels[0]})).await;
    let reply =
        lines[0].ask("subscribe", back(&channels[0], &places[0])).await["subscribe"].clone();
    assert_eq!((&reply["recovered"], &reply["was_recovering"]), (&Value::Null, &true.into()));
    assert_eq!(reply["data"]["order"]["state"], "ACCEPTED");

    // What may concern anybody concerns everybody.
    scene.streams.append_unreadable(partition, &["k", "what is this"]).await.expect("it does");
    for line in lines.iter_mut().chain([&mut kitchen]) {
        let end = line.until(|it| it["push"]["unsubscribe"].is_object()).await;
        assert_eq!(end["push"]["unsubscribe"]["code"], 2500);
    }
}

#[tokio::test]
async fn while_redis_is_away_those_who_come_back_are_answered_from_memory_or_told_to_wait() {
    let redis = PrivateRedis::start(None).await.expect("redis-server is installed");
    let link = Link::to(redis.port()).await;
    let port = redis.port();
    let url = format!("redis://127.0.0.1:{}", link.port());
    let scene = Scene::at(redis, url, 2).await;
    let id = scene.placed().await;
    let channel = format!("order:{id}");
    let mut mina = scene.customer(0).await;
    let before = mina.ask("subscribe", json!({"channel": channel})).await["subscribe"].clone();
    let mut kitchen = scene.kitchen(1).await;
    kitchen.ask("subscribe", json!({"channel": "store:s-1"})).await;
    scene.cooks(id, 0).await;
    mina.publication(&channel).await;
    kitchen.publication("store:s-1").await;

    link.turn(None);
    for hub in [0, 1] {
        let mut mina = scene.customer(hub).await;
        let reply = mina.ask("subscribe", back(&channel, &before)).await["subscribe"].clone();
        assert_eq!((&reply["recovered"], &reply["data"]), (&true.into(), &Value::Null), "{reply}");
        assert_eq!(reply["publications"][0]["data"]["order"]["state"], "ACCEPTED");
        let mut kitchen = scene.kitchen(hub).await;
        let reply = kitchen.ask("subscribe", back("store:s-1", &before)).await;
        assert_eq!(reply["subscribe"]["recovered"], true, "{reply}");
        // What only Redis knows is not made up.
        let mut mina = scene.customer(hub).await;
        let elsewhere = json!({"epoch": "elsewhere", "offset": 1});
        let error = mina.ask("subscribe", back(&channel, &elsewhere)).await["error"].clone();
        assert_eq!((&error["code"], &error["temporary"]), (&json!(100), &json!(true)), "{error}");
    }
    // The same Redis is there again: nobody has lost anything.
    link.turn(Some(port));
    scene.redis_is_back().await;
    scene.cooks(id, 1).await;
    assert_eq!(mina.publication(&channel).await["data"]["order"]["state"], "COOKING");
    assert!(mina.everything().await.is_empty());
}

#[tokio::test]
async fn news_go_on_after_redis_was_restarted() {
    let mut scene = Scene::with_hubs(1).await;
    let id = scene.placed().await;
    let channel = format!("order:{id}");
    let mut mina = scene.customer(0).await;
    let before = mina.ask("subscribe", json!({"channel": channel})).await["subscribe"].clone();
    scene.restarts_redis().await;
    // Nobody can know that nothing was lost, so everybody looks again, once.
    let end = mina.until(|it| it["push"]["unsubscribe"].is_object()).await;
    assert_eq!(end["push"]["unsubscribe"]["code"], 2500);
    let reply = mina.ask("subscribe", back(&channel, &before)).await["subscribe"].clone();
    assert_eq!((&reply["recovered"], &reply["was_recovering"]), (&Value::Null, &true.into()));
    assert_eq!(reply["data"]["order"]["state"], "PLACED");
    for (step, state) in ["ACCEPTED", "COOKING", "COOKED"].into_iter().enumerate() {
        scene.cooks(id, step).await;
        assert_eq!(mina.publication(&channel).await["data"]["order"]["state"], state);
    }
}

#[tokio::test]
async fn when_a_feed_goes_back_everybody_looks_again() {
    let scene = Scene::with_hubs(1).await;
    scene.placed().await;
    let mut kitchen = scene.kitchen(0).await;
    let before = kitchen.ask("subscribe", json!({"channel": "store:s-1"})).await;
    let before = &before["subscribe"];
    scene.loses_everything().await;

    let end = kitchen.until(|it| it["push"]["unsubscribe"].is_object()).await;
    assert_eq!(end["push"]["unsubscribe"]["code"], 2500);
    let again = json!({"channel": "store:s-1", "recover": true,
        "epoch": before["epoch"], "offset": before["offset"]});
    let reply = kitchen.ask("subscribe", again).await["subscribe"].clone();
    assert_eq!((&reply["recovered"], &reply["data"]["tickets"]), (&Value::Null, &json!([])));
    assert_ne!(reply["epoch"], before["epoch"]);
    let id = scene.placed().await;
    let publication = kitchen.publication("store:s-1").await;
    assert_eq!(publication["data"]["ticket"]["orderId"], id.to_string());
}
