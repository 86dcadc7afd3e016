//! The socket from outside: who gets in, what they may see and do, and how they leave.

use std::time::Duration;

use domain::Command;
use serde_json::{Value, json};

use crate::line::Line;
use crate::scene::{SHOP, Scene, seen, token};
use crate::world::{eventually, http};

#[tokio::test]
async fn a_token_decides_who_gets_in() {
    let scene = Scene::with_hubs(1).await;
    let hub = scene.hub(0);

    let mut line = Line::open(hub).await;
    let reply = line.ask("connect", json!({"token": token("customer", "mina", 600)})).await;
    assert_eq!((&reply["connect"]["ping"], &reply["connect"]["pong"]), (&25.into(), &true.into()));
    assert_eq!(reply["connect"]["data"]["role"], "customer");
    assert!(reply["connect"]["data"]["serverTime"].is_string(), "{reply}");

    let mut line = Line::open(hub).await;
    let reply = line.ask("connect", json!({"token": token("customer", "mina", -60)})).await;
    assert_eq!(reply["error"]["code"], 109);

    for (body, code) in [(json!({"token": "made.up.token"}), 3500), (json!({}), 3501)] {
        let mut line = Line::open(hub).await;
        line.send("connect", body).await;
        assert_eq!(line.closed().await, code);
    }
    let mut line = Line::open(hub).await;
    line.say("{\"id\":1,\"subscribe\":{\"channel\":\"nearby\"}}".to_owned()).await;
    assert_eq!(line.closed().await, 3501);
}

#[tokio::test]
async fn nobody_follows_what_is_not_theirs() {
    let scene = Scene::with_hubs(1).await;
    let order = format!("order:{}", scene.placed().await);
    let mut mina = scene.customer(0).await;
    let mut stranger = Line::connect(scene.hub(0), &token("customer", "jun", 600)).await;
    let mut rider = scene.rider(0, "r-1").await;

    let reply = mina.ask("subscribe", json!({"channel": order})).await;
    assert_eq!(reply["subscribe"]["data"]["order"]["state"], "PLACED");
    assert_eq!(reply["subscribe"]["recoverable"], true);
    for line in [&mut stranger, &mut rider] {
        for channel in [order.as_str(), "store:s-1", "customer:mina", "rider:r-9", "ops", "what:1"]
        {
            let reply = line.ask("subscribe", json!({"channel": channel})).await;
            assert_eq!(reply["error"]["code"], 103, "{channel}");
        }
        let reply = line.ask("subscribe", json!({"channel": "order:7"})).await;
        assert_eq!(reply["error"]["code"], 107);
    }
    let look = json!({"channel": "nearby", "data": {"lat": SHOP.lat, "lng": SHOP.lng}});
    let reply = rider.ask("subscribe", look).await;
    assert_eq!(reply["error"]["message"], "go online first");
}

#[tokio::test]
async fn an_order_shows_up_on_a_board_at_another_hub() {
    let scene = Scene::with_hubs(2).await;
    let mut kitchen = scene.kitchen(1).await;
    let reply = kitchen.ask("subscribe", json!({"channel": "store:s-1"})).await;
    assert_eq!(reply["subscribe"]["data"]["store"]["name"], "달빛분식");
    assert_eq!(reply["subscribe"]["data"]["tickets"], json!([]));

    let id = scene.placed().await;
    let publication = kitchen.publication("store:s-1").await;
    assert_eq!(publication["data"]["type"], "ticket");
    assert_eq!(publication["data"]["event"], "OrderPlaced");
    assert_eq!(publication["data"]["ticket"]["orderId"], id.to_string());
    let unpaid = kitchen.everything().await;
    assert!(unpaid.is_empty(), "no store sees an unpaid order: {unpaid:?}");

    let mut mina = scene.customer(0).await;
    mina.ask("subscribe", json!({"channel": format!("order:{id}")})).await;
    let body = json!({"method": "storeOrders.accept",
        "data": {"orderId": id.to_string(), "cookMinutes": 15}});
    let reply = kitchen.ask("rpc", body).await;
    assert_eq!(reply["rpc"]["data"]["state"], "ACCEPTED", "{reply}");
    let publication = mina.publication(&format!("order:{id}")).await;
    assert_eq!(publication["data"]["order"]["state"], "ACCEPTED");
    assert!(publication["data"]["serverTime"].is_string());
}

#[tokio::test]
async fn a_refused_command_says_so_as_http_would() {
    let scene = Scene::with_hubs(1).await;
    let id = scene.placed().await;
    scene.cooks(id, 0).await;
    scene.cooks(id, 1).await;
    let mut mina = scene.customer(0).await;
    let body = json!({"method": "orders.cancel", "data": {"orderId": id.to_string()}});
    let reply = mina.ask("rpc", body).await;
    assert_eq!(reply["error"]["code"], 1409);
    let problem: Value = serde_json::from_str(reply["error"]["message"].as_str().unwrap()).unwrap();
    assert_eq!(problem["code"], "cancel_too_late");
    assert_eq!(problem["order"]["state"], "COOKING");
    let reply = mina.ask("rpc", json!({"method": "orders.eat"})).await;
    assert_eq!(reply["error"]["code"], 104);
}

#[tokio::test]
async fn a_hub_that_stops_sends_everybody_to_another() {
    let mut scene = Scene::with_hubs(1).await;
    let mut mina = scene.customer(0).await;
    let server = scene.hubs.remove(0);
    let (code, ()) = tokio::join!(mina.closed(), server.stop());
    assert_eq!(code, 3001);
}

#[tokio::test]
async fn a_goodbye_is_answered() {
    let scene = Scene::with_hubs(1).await;
    assert_eq!(scene.customer(0).await.leaves().await, 1001);
    assert_eq!(Line::open(scene.hub(0)).await.leaves().await, 1001);
}

#[tokio::test]
async fn a_reader_who_never_reads_is_sent_away_and_delays_nobody() {
    let scene = Scene::with_hubs(1).await;
    let id = scene.placed().await;
    let channel = format!("order:{id}");
    let mut mina = scene.customer(0).await;
    mina.ask("subscribe", json!({"channel": channel})).await;
    let mut slow = Line::connect_narrow(scene.hub(0), &token("store", "cook", 600)).await;
    slow.ask("subscribe", json!({"channel": "store:s-1"})).await;
    // Some megabytes for the store, and nobody there reads them.
    scene.floods_the_feed().await;
    scene.cooks(id, 0).await;
    assert_eq!(mina.publication(&channel).await["data"]["event"], "OrderAccepted");
    assert_eq!(slow.closed().await, 3008);
}

#[tokio::test]
async fn a_message_that_is_too_big_ends_the_connection() {
    let scene = Scene::with_hubs(1).await;
    let mut mina = scene.customer(0).await;
    mina.say(json!({"id": 9, "rpc": {"method": "x".repeat(40_000)}}).to_string()).await;
    assert_eq!(mina.closed().await, 1009);
}

#[tokio::test]
async fn a_rider_who_gave_an_order_back_hears_no_more_of_it() {
    let scene = Scene::with_hubs(1).await;
    let id = scene.placed().await;
    for step in 0..3 {
        scene.cooks(id, step).await;
    }
    let by = scene.goes_online("r-1").await;
    scene.does(id, Command::Claim { by: by.clone(), from: seen(SHOP) }).await;
    let channel = format!("order:{id}");
    let mut rider = scene.rider(0, "r-1").await;
    let reply = rider.ask("subscribe", json!({"channel": channel})).await;
    assert_eq!(reply["subscribe"]["data"]["order"]["state"], "COOKED", "{reply}");
    let url = format!("http://{}/events?channel={channel}", scene.hub(0));
    let stream = http().get(url).bearer_auth(token("rider", "r-1", 600));
    let stream = stream.send().await.expect("it answers");

    scene.does(id, Command::Release { by, reason: "a flat tyre".to_owned() }).await;
    let end = rider.until(|it| it["push"]["unsubscribe"].is_object()).await;
    assert_eq!(end["push"]["unsubscribe"]["code"], 2_000);
    let told = stream.text().await.expect("it ends as it should");
    assert!(!told.contains("tyre") && !told.contains("JobReleased"), "{told}");
    scene.does(id, Command::Claim { by: scene.goes_online("r-2").await, from: seen(SHOP) }).await;
    assert!(rider.everything().await.is_empty());
}

#[tokio::test]
async fn a_token_that_is_not_renewed_ends_the_connection() {
    let scene = Scene::with_hubs(1).await;
    let mut mina = Line::connect(scene.hub(0), &token("customer", "mina", 3)).await;
    // There are some seconds of grace after the token's end; whoever is awake may use them.
    let code = eventually("it ends", async || {
        let id = mina.send("rpc", json!({"method": "no.such"})).await;
        loop {
            match mina.next().await {
                Ok(message) if message["id"] == id => break,
                Ok(_) => (),
                Err(code) => return Some(code),
            }
        }
        // Whoever asks more often is sent away for that.
        tokio::time::sleep(Duration::from_secs(2)).await;
        None
    })
    .await;
    assert_eq!(code, 3_005);
}
