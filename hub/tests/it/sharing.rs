//! Links by which a customer shows an order to others: who gets one, how long it is good, and how
//! far its rider is seen.

use domain::{Command, Point};
use serde_json::{Value, json};

use crate::issuer::{Pair, claims, key_set};
use crate::line::Line;
use crate::scene::{HOME, SHOP, Scene, now, seen, token};
use crate::world::{World, eventually, http};

#[tokio::test]
async fn only_its_customer_shares_an_order_and_only_while_it_lasts() {
    let world = World::new().await;
    let id = world.mina.orders("key-1").await;
    let path = format!("/orders/{id}/share");
    let eve = world.person("customer", "c-eve").await;
    eve.post(&path, json!({})).await.problem(404, "not_found");
    world.kitchen.post(&path, json!({})).await.problem(403, "not_yours");
    world.operator.post(&path, json!({})).await.problem(403, "not_yours");

    let shared = world.mina.post(&path, json!({})).await.is(200);
    assert_eq!(shared.headers["cache-control"], "no-store");
    assert!(shared.body["expiresAt"].as_str().is_some_and(|at| at.ends_with("00Z")));
    let guest = world.mina.with_token(shared.body["token"].as_str().expect("a token"));
    let looks = async || guest.get(&format!("/orders/{id}/progress")).await.is(200);
    assert_eq!(looks().await.body["state"], "PLACED");

    world.mina.put(&format!("/orders/{id}/cancel"), json!({})).await.is(200);
    // Whoever has it still learns how it ended; nobody more is given one.
    let end = looks().await;
    assert_eq!(end.body["state"], "CANCELED");
    assert_eq!(end.headers["etag"], format!("\"{}\"", end.body["version"]));
    world.mina.post(&path, json!({})).await.problem(409, "wrong_state");
    world.ends().await;
}

#[tokio::test]
async fn a_link_ends_and_nobody_makes_one_up() {
    let scene = Scene::with_hubs(1).await;
    let id = scene.placed().await.to_string();
    let url = format!("http://{}/orders/{id}/progress", scene.hub(0));
    let looks = async |token: String| {
        let asked = http().get(&url).bearer_auth(token).send().await;
        asked.expect("the hub is there").status().as_u16()
    };
    assert_eq!(looks(token("guest", &id, 600)).await, 200);
    assert_eq!(looks(token("guest", &id, -60)).await, 401);
    assert_eq!(looks(token("guest", "r-1", 600)).await, 401);

    let wish = json!({"role": "guest", "sub": id});
    let url = format!("http://{}/dev/tokens", scene.hub(0));
    let asked = http().post(url).json(&wish).send().await;
    assert_eq!(asked.expect("the hub is there").status(), 422);
}

#[tokio::test]
async fn a_hub_that_can_sign_nothing_says_so_and_gives_no_links() {
    let pair = Pair::ec("e");
    let file = tempfile::NamedTempFile::new().expect("a place for a file");
    std::fs::write(file.path(), key_set(std::slice::from_ref(&pair)).to_string())
        .expect("it can be written");
    let mut scene = Scene::with_hubs(1).await;
    let source = file.path().to_string_lossy().into_owned();
    let without_secret = |config: &mut hub::Config| {
        (config.token_secret, config.token_jwks, config.dev_tokens) = (None, Some(source), false);
    };
    scene.add_hub_with(without_secret).await;
    let id = scene.placed().await;
    let client = http();
    for (hub, token, is_sharing) in
        [(0, token("customer", "mina", 600), true), (1, pair.signs(&claims()), false)]
    {
        let url = format!("http://{}", scene.hub(hub));
        let config = client.get(format!("{url}/config.json")).send().await.expect("it is there");
        let config: Value = config.json().await.expect("settings");
        assert_eq!(config["sharing"], is_sharing);
        let share = client.post(format!("{url}/orders/{id}/share")).bearer_auth(token);
        let status = share.send().await.expect("it is there").status().as_u16();
        assert_eq!(status, if is_sharing { 200 } else { 404 });
    }
}

#[tokio::test]
async fn a_guest_is_left_behind_before_the_rider_reaches_the_door() {
    let scene = Scene::with_hubs(1).await;
    let rider = scene.goes_online("r-1").await;
    let id = scene.placed().await;
    let channel = format!("order:{id}");
    let mut mina = scene.customer(0).await;
    let mut guest = Line::connect(scene.hub(0), &token("guest", &id.to_string(), 600)).await;
    for line in [&mut mina, &mut guest] {
        let reply = line.ask("subscribe", json!({"channel": channel})).await;
        assert!(reply["subscribe"].is_object(), "{reply}");
    }
    for step in 0..3 {
        scene.cooks(id, step).await;
    }
    scene.does(id, Command::Claim { by: rider.clone(), from: seen(SHOP) }).await;
    scene.does(id, Command::Pick { by: rider.clone(), from: None }).await;
    mina.until(|it| it["push"]["pub"]["data"]["event"] == "DeliveryStarted").await;

    let goes = async |point: Point, line: &mut Line| {
        let is_there = |it: &Value| it["push"]["pub"]["data"]["lat"] == point.lat;
        eventually("the rider is seen there", async || {
            let fix = streams::Fix { point, heading: None, at: now() };
            scene.streams.publish_fix(&rider, fix).await.unwrap();
            line.everything().await.iter().any(is_there).then_some(())
        })
        .await;
    };
    goes(SHOP, &mut guest).await;
    goes(HOME, &mut mina).await;
    let heard = guest.everything().await;
    let is_at_home = |it: &Value| it["push"]["pub"]["data"]["lat"] == HOME.lat;
    assert!(!heard.iter().any(is_at_home), "a guest was led to the door: {heard:?}");
}
