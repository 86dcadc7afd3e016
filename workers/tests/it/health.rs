//! The admin listener, and starting under difficulties.

use std::time::Duration;

use streams::PrivateRedis;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use workers::Config;

use crate::World;
use crate::world::{durations, eventually, soon};

async fn get(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: workers\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon("an answer", stream.read_to_string(&mut answer)).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_are_served() {
    let metrics = telemetry::measure().unwrap();
    let mut world = World::without_workers(durations()).await;
    let mut config = world.config();
    config.admin_listen = Some("127.0.0.1:0".parse().unwrap());
    config.metrics = Some(metrics);
    let running = workers::start(config).await.unwrap();
    let address = running.admin_address().unwrap();
    world.at_work.push(running);
    let order = world.mina.orders("tok_ok").await;
    world.until_state(order, domain::State::Placed).await;

    assert!(get(address, "/livez").await.starts_with("HTTP/1.1 200"));
    assert!(get(address, "/readyz").await.starts_with("HTTP/1.1 200"));
    let metrics = get(address, "/metrics").await;
    let charged = r#"workers_effects_total{kind="charge",outcome="approved"}"#;
    assert!(metrics.contains(charged), "{metrics}");
    assert!(metrics.contains("workers_entry_seconds_bucket"), "{metrics}");
    eventually("the state of the breaker", async || {
        get(address, "/metrics").await.contains("workers_breaker_state 0").then_some(())
    })
    .await;
    eventually("what waits for each group", async || {
        let metrics = get(address, "/metrics").await;
        let waits =
            |name: &str| format!(r#"workers_{name}_entries{{group="payment",partition="0"}}"#);
        (metrics.contains(&waits("unread")) && metrics.contains(&waits("unfinished"))).then_some(())
    })
    .await;
    // A second recorder is refused, not a reason to panic.
    assert!(telemetry::measure().is_err());
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_wait_for_redis() {
    let redis = PrivateRedis::start(None).await.unwrap();
    let url = redis.url().to_owned();
    redis.stop().await;
    let starting = workers::start(Config::new(url, 4));
    let waited = tokio::time::timeout(Duration::from_millis(1_500), starting).await;
    assert!(waited.is_err(), "they gave up, or started without Redis");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_number_of_partitions_is_refused_in_a_sentence() {
    let world = World::without_workers(durations()).await;
    let config = Config::new(world.redis.url(), 5);
    let error = workers::start(config).await.err().expect("the data has other partitions");
    assert!(format!("{error:#}").contains("set PARTITIONS=4"), "{error:#}");
}
