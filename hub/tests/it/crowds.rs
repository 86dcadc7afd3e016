//! How many sockets there may be: in all, for one person, and from one address.

use std::net::SocketAddr;

use serde_json::json;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::line::{self, Line};
use crate::process::Process;
use crate::scene::{Scene, token};
use crate::world::{eventually, http};

/// Opens a socket through a proxy that says it was asked from `origin`; or the status instead.
async fn knock(hub: SocketAddr, origin: &str) -> Result<impl Sized, u16> {
    let url = format!("ws://{hub}/connection/websocket");
    let mut request = url.into_client_request().expect("this is a URL");
    let origin = origin.parse().expect("this is a header");
    request.headers_mut().insert("x-forwarded-for", origin);
    match line::knock(request).await {
        Ok(socket) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn one_person_has_so_many_sockets_and_room_again_when_one_ends() {
    let mut scene = Scene::with_hubs(0).await;
    scene.add_hub_with(|config| config.connections_per_user_max = 2).await;
    let first = scene.customer(0).await;
    let _second = scene.customer(0).await;
    let mut third = scene.customer(0).await;
    assert_eq!(third.closed().await, 4_429);
    // The same name in another role is somebody else.
    scene.rider(0, "mina").await.ask("rpc", json!({"method": "orders.eat"})).await;
    let url = format!("http://{}/events?channel=customer:mina", scene.hub(0));
    let stream = http().get(url).bearer_auth(token("customer", "mina", 600));
    let ask = || stream.try_clone().expect("it has no body").send();
    let refused = ask().await.expect("it answers");
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));

    drop(first);
    eventually("the seat is free again", async || {
        (ask().await.expect("it answers").status() == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_hub_asks_the_system_for_as_many_sockets_as_it_may_have() {
    let scene = Scene::with_hubs(0).await;
    let hub = Process::start_among(64, scene.redis.url()).await;
    let mut lines = Vec::new();
    for _ in 0..100 {
        lines.push(Line::connect(hub.address, &token("customer", "mina", 600)).await);
    }
    hub.until("hub_connections{kind=\"websocket\"}", |count| count == 100).await;
}

#[tokio::test]
async fn one_address_has_so_many_sockets_and_strangers_cannot_pretend() {
    let mut scene = Scene::with_hubs(0).await;
    let metrics = telemetry::measure().expect("no other test counts");
    let count = |config: &mut hub::Config| {
        config.connections_per_address_max = Some(2);
        config.metrics = Some(metrics);
    };
    scene.add_hub_with(count).await;
    let change = |config: &mut hub::Config| {
        config.connections_per_address_max = Some(2);
        config.trusted_proxies = vec!["127.0.0.0/8".parse().expect("this is a network")];
    };
    scene.add_hub_with(change).await;

    let mut sockets = Vec::new();
    let mut statuses = Vec::new();
    for hub in [0, 1] {
        for origin in ["1.1.1.1", "1.1.1.1", "9.9.9.9, 1.1.1.1", "2.2.2.2"] {
            match knock(scene.hub(hub), origin).await {
                Ok(socket) => {
                    sockets.push(socket);
                    statuses.push(101);
                }
                Err(status) => statuses.push(status),
            }
        }
    }
    // Without a known proxy all of them are from here; with one, two are from the same address.
    assert_eq!(statuses, [101, 101, 429, 429, 101, 101, 429, 101]);
    let metrics = http().get(format!("http://{}/metrics", scene.hubs[0].admin_addr()));
    let metrics = metrics.send().await;
    let metrics = metrics.expect("it answers").text().await.expect("it is text");
    assert!(metrics.contains("hub_refusals_total{reason=\"address\"} 3"), "{metrics}");
}

#[tokio::test]
async fn a_full_hub_asks_to_come_again() {
    let mut scene = Scene::with_hubs(0).await;
    scene.add_hub_with(|config| config.connections_max = 1).await;
    let _first = Line::open(scene.hub(0)).await;
    assert_eq!(knock(scene.hub(0), "1.1.1.1").await.err(), Some(503));
}
