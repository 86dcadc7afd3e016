//! A whole town that loses its connections at once, and comes back.

use domain::OrderId;
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::line::Line;
use crate::process::Process;
use crate::scene::{PARTITIONS, Scene, parsed, token};

/// Sockets in all. A process has so many open files that the hub needs one of its own.
const SOCKETS: usize = 10_000;
/// Sockets that are being opened at the same time: as many as keep two small machines busy.
const AT_ONCE: usize = 256;
/// Sockets that want the same.
const CROWD: usize = 100;
const ORDERS: usize = 20;

/// Whose socket number `n` is, and what it follows.
fn listener(scene: &Scene, n: usize, orders: &[OrderId]) -> (String, String, u16) {
    let (role, id) =
        if n % 4 < 2 { ("customer", format!("c-{n}")) } else { ("operator", format!("o-{n}")) };
    let order = orders[n / 4 % orders.len()];
    let (channel, partition) = match n % 4 {
        0 | 1 => (format!("customer:{id}"), scene.streams.home_of_customer(&parsed(&id))),
        2 => (format!("order:{order}"), order.partition()),
        _ => ("store:s-1".to_owned(), order.partition()),
    };
    (token(role, &id, 3_600), channel, partition)
}

/// Everybody comes, with the place they had. Returns what they were answered.
async fn everybody(
    scene: &Scene,
    hub: &Process,
    orders: &[OrderId],
    places: &[Value],
) -> Vec<(Line, Value)> {
    let come = |n: usize| async move {
        let (token, channel, partition) = listener(scene, n, orders);
        let mut line = Line::connect(hub.address, &token).await;
        let mut request = places[usize::from(partition)].clone();
        request["channel"] = channel.into();
        let reply = line.ask("subscribe", request).await;
        (line, reply["subscribe"].clone())
    };
    stream::iter((0..SOCKETS).map(come)).buffered(AT_ONCE).collect().await
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_who_come_back_at_once_cost_redis_less_than_a_command_each() {
    let scene = Scene::with_hubs(0).await;
    let mut orders = Vec::new();
    for _ in 0..ORDERS {
        orders.push(scene.placed().await);
    }
    let hub = Process::start(scene.redis.url(), &[]).await;
    let mut places = Vec::new();
    for partition in 0..PARTITIONS {
        let state = scene.streams.feed_state(partition).await.expect("Redis answers");
        let (epoch, offset) = (state.epoch, state.top.sequence);
        places.push(json!({"recover": true, "epoch": epoch, "offset": offset}));
    }
    let there = everybody(&scene, &hub, &orders, &places).await;
    assert!(there.iter().all(|(_, reply)| reply["recovered"] == true), "somebody was refused");
    drop(there);
    for order in &orders {
        scene.cooks(*order, 0).await;
    }
    // So that it is known what each of them is to be told: the hub has heard it all.
    let (token, channel, partition) = listener(&scene, 3, &orders);
    let mut place = places[usize::from(partition)].clone();
    place["channel"] = channel.clone().into();
    let mut line = Line::connect(hub.address, &token).await;
    let reply = line.ask("subscribe", place).await;
    let told = reply["subscribe"]["publications"].as_array().map_or(0, Vec::len);
    for _ in told..ORDERS {
        line.publication(&channel).await;
    }

    let before = scene.redis.commands().await;
    let back = everybody(&scene, &hub, &orders, &places).await;
    let commands = scene.redis.commands().await - before;
    for (n, (_, reply)) in back.iter().enumerate() {
        assert_eq!(reply["recovered"], true, "{n}: {reply}");
        let missed = reply["publications"].as_array().map_or(0, Vec::len);
        assert_eq!(missed, [0, 0, 1, ORDERS][n % 4], "{n}: {reply}");
    }
    eprintln!("{commands} commands for {SOCKETS} who came back");
    assert!(commands < SOCKETS as u64, "{commands} commands");
}

#[tokio::test]
async fn what_many_ask_for_at_once_is_read_for_many() {
    let scene = Scene::with_hubs(1).await;
    for _ in 0..ORDERS {
        scene.placed().await;
    }
    let mut lines = Vec::new();
    for n in 0..CROWD {
        let token = token("operator", &format!("o-{n}"), 600);
        lines.push(Line::connect(scene.hub(0), &token).await);
    }
    let before = scene.redis.commands().await;
    let asking = lines.iter_mut().map(async |line| {
        let elsewhere = json!({"channel": "store:s-1", "recover": true, "epoch": "x", "offset": 1});
        line.ask("subscribe", elsewhere).await
    });
    let replies = join_all(asking).await;
    let commands = scene.redis.commands().await - before;
    for reply in replies {
        let tickets = reply["subscribe"]["data"]["tickets"].as_array();
        assert_eq!(tickets.map(Vec::len), Some(ORDERS), "{reply}");
    }
    // Each of them alone would take a script, its reads of every order, and the store.
    assert!(commands < (CROWD * ORDERS / 2) as u64, "{commands} commands");
}
