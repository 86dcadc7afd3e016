//! What is not of the trade: paths, bodies, health, the web.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::world::{World, answer, basket, http, soon};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_is_a_problem() {
    let world = World::without_workers(|_| ()).await;
    world.mina.get("/nowhere").await.problem(404, "not_found");
    world.mina.post("/nowhere", json!({})).await.problem(404, "not_found");
    world.mina.get("/orders/not-an-id").await.problem(404, "not_found");
    // A fine id of a partition that is not there.
    let beyond = domain::OrderId::new(domain::Timestamp(1), 4_000, 1);
    world.mina.get(&format!("/orders/{beyond}")).await.problem(404, "not_found");
    world.mina.get(&format!("/payments?orderId={beyond}")).await.problem(404, "not_found");
    let deleted = answer(world.mina.request(Method::DELETE, "/orders")).await;
    deleted.problem(405, "method_not_allowed");

    let place = |body: String, kind: &'static str| {
        let request = world.mina.request(Method::POST, "/orders").header("idempotency-key", "k");
        answer(request.header("content-type", kind).body(body))
    };
    place(basket("tok_ok").to_string(), "text/plain").await.problem(415, "unsupported_media_type");
    place("{".to_owned(), "application/json").await.problem(422, "invalid");
    place("{} x".to_owned(), "application/json").await.problem(422, "invalid");
    place("[".repeat(60_000), "application/json").await.problem(422, "invalid");
    let large = format!("{{}}{}", " ".repeat(66_000));
    place(large, "application/json").await.problem(413, "payload_too_large");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_everybody_is_asked_to_come_back() {
    let World { hub, redis, mina, .. } = World::without_workers(|_| ()).await;
    redis.stop().await;
    let refused = mina.get("/orders").await.problem(503, "unavailable");
    assert_eq!(refused.headers["retry-after"], "1");
    // The cluster would otherwise cut every socket there is.
    let ready = http().get(format!("http://{}/readyz", hub.admin_addr())).send().await.unwrap();
    assert_eq!(ready.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_knows_what_it_talks_to() {
    let world = World::without_workers(|config| {
        config.map_tile_url = Some("https://tile.example/{z}/{x}/{y}.png".to_owned());
    })
    .await;
    let config = world.mina.get("/config.json").await.is(200).body;
    assert_eq!(config["devTokens"], true);
    assert_eq!(config["mapTileUrl"], "https://tile.example/{z}/{x}/{y}.png");
    assert_eq!((&config["city"], &config["mapBaseUrl"]), (&json!(false), &json!(null)));
    assert_eq!(config["pingSeconds"], 25);
    for page in ["/", "/customer", "/store", "/rider", "/operator"] {
        let shown = world.mina.get(page).await;
        assert!(shown.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_pages_of_known_origins_may_use_the_api() {
    let world = World::without_workers(|config| {
        config.allowed_origins = vec!["https://food.example".to_owned()];
    })
    .await;
    for (origin, is_known) in [("https://food.example", true), ("https://evil.example", false)] {
        let request = world.mina.request(Method::GET, "/orders").header("origin", origin);
        let allowed = answer(request).await.is(200).headers.remove("access-control-allow-origin");
        assert_eq!(allowed.is_some_and(|allowed| allowed == origin), is_known);
    }
    let question = http()
        .request(Method::OPTIONS, format!("http://{}/orders", world.hub.local_addr()))
        .header("origin", "https://food.example")
        .header("access-control-request-method", "POST");
    assert_eq!(answer(question).await.is(204).headers["access-control-max-age"], "7200");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_stops_lets_held_requests_go() {
    let World { hub, mina, workers, redis, .. } = World::new().await;
    let id = mina.orders("k-1").await;
    let path = format!("/orders/{id}?waitSeconds=60");
    let version = mina.get(&path).await.is(200).body["version"].clone();
    let held = mina.request(Method::GET, &path).header("if-none-match", format!("\"{version}\""));
    let held = tokio::spawn(answer(held));
    // A busy machine takes a while to let it in.
    tokio::time::sleep(Duration::from_secs(1)).await;
    soon("the hub stops, although somebody waits", hub.stop()).await;
    held.await.unwrap().is(304);
    drop((workers, redis));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_without_keys_does_not_start() {
    let mut config = hub::Config::new("redis://127.0.0.1:1", 8, "short");
    let refused = hub::Server::start(config.clone(), axum::Router::new()).await.err().unwrap();
    assert!(refused.to_string().starts_with("TOKEN_SECRET has 5 bytes"), "{refused}");
    config.token_secret = None;
    let refused = hub::Server::start(config.clone(), axum::Router::new()).await.err().unwrap();
    assert!(refused.to_string().starts_with("set TOKEN_SECRET or TOKEN_JWKS"), "{refused}");
    config.dev_tokens = false;
    let no_keys = ["/nowhere/keys.json", "/dev/null", "ftp://a.example/keys", "https://a:b@c/keys"];
    for source in no_keys {
        config.token_jwks = Some(source.to_owned());
        let refused = hub::Server::start(config.clone(), axum::Router::new()).await.err().unwrap();
        assert!(refused.to_string().contains("TOKEN_JWKS"), "{refused}");
    }
}
