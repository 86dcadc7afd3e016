//! Promises that no single part keeps alone.

use futures_util::{SinkExt, Stream, StreamExt};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, Message};
use workers::Role;

use crate::line::knock;
use crate::world::{PARTITIONS, Person, World, eventually, soon, store};

/// With which a store's own board moves.
const STEPS: [&str; 3] = ["accept", "startCook", "finishCook"];

/// What a hub says next on a socket.
async fn says(socket: &mut (impl Stream<Item = Result<Message, Error>> + Unpin)) -> String {
    let message = soon("what a socket says", socket.next()).await;
    let text = message.expect("it is open").expect("it works").into_text();
    text.expect("JSON is text").as_str().to_owned()
}

/// Reads what a hub streams until it says `text`.
async fn hears(stream: &mut reqwest::Response, heard: &mut String, text: &str) {
    while !heard.contains(text) {
        let chunk = soon(text, stream.chunk()).await.expect("a stream");
        let chunk = chunk.unwrap_or_else(|| panic!("it ended without {text} after {heard}"));
        heard.push_str(str::from_utf8(&chunk).expect("JSON is text"));
    }
}

/// A stream that was asked for.
async fn opened(request: RequestBuilder) -> reqwest::Response {
    let answer = request.send().await.expect("the hub is there");
    answer.error_for_status().expect("it may be had")
}

/// What somebody is shown of an order, and how it is asked for.
struct View {
    path: &'static str,
    field: &'static str,
    method: &'static str,
}

const WHOLE: View = View { path: "", field: "order", method: "orders.get" };
const PROGRESS: View = View { path: "/progress", field: "progress", method: "orders.progress" };

/// Follows the order over a socket, a stream and server-sent events as one person, and compares
/// every version of it with what REST and rpc answer.
///
/// `view` names what they are shown of it: the path of an order and its field in the news.
async fn every_way_says_the_same(world: &World, person: &Person, id: &str, view: View) {
    let View { path, field, method } = view;
    let url = format!("ws://{}/connection/websocket", world.hub.local_addr());
    let mut socket = knock(url).await.expect("it is open");
    let channel = format!("order:{id}");
    let hello = json!({"id": 1, "connect": {"token": person.token}});
    let follow = json!({"id": 2, "subscribe": {"channel": channel}});
    let words = format!("{hello}\n{follow}");
    socket.send(Message::text(words.clone())).await.expect("it is open");
    let request = person.request(Method::POST, "/connection/http_stream").body(words);
    let mut stream = opened(request).await;
    let request = person.request(Method::GET, &format!("/events?channel={channel}"));
    let mut events = opened(request).await;
    let [mut by_socket, mut by_stream, mut by_event] = [const { String::new() }; 3];

    for step in 0..=STEPS.len() {
        // The snapshot first, then one publication for each step.
        let order = person.get(&format!("/orders/{id}{path}")).await.is(200).text;
        let shown = format!(r#""{field}":{order}"#);
        while !by_socket.contains(&shown) {
            by_socket.push_str(&says(&mut socket).await);
        }
        hears(&mut stream, &mut by_stream, &shown).await;
        hears(&mut events, &mut by_event, &shown).await;
        let ask = json!({"id": 9, "rpc": {"method": method, "data": {"orderId": id}}});
        socket.send(Message::text(ask.to_string())).await.expect("it is open");
        assert_eq!(says(&mut socket).await, format!(r#"{{"id":9,"rpc":{{"data":{order}}}}}"#));
        if let Some(step) = STEPS.get(step) {
            world.kitchen.put(&format!("/storeOrders/{id}/{step}"), json!({})).await.is(200);
        }
    }
}

#[tokio::test]
async fn for_equal_versions_everything_that_is_told_is_the_same_bytes() {
    let world = World::new().await;
    for (index, person) in [&world.mina, &world.kitchen, &world.operator].into_iter().enumerate() {
        let id = world.mina.orders(&format!("key-{index}")).await;
        every_way_says_the_same(&world, person, &id, WHOLE).await;
    }
    let id = world.mina.orders("shared").await;
    let share = world.mina.post(&format!("/orders/{id}/share"), json!({})).await.is(200).body;
    let guest = world.mina.with_token(share["token"].as_str().expect("a token"));
    every_way_says_the_same(&world, &guest, &id, PROGRESS).await;
    world.ends().await;
}

#[tokio::test]
async fn without_workers_for_stores_orders_are_taken_and_get_there_when_they_are_back() {
    let mut world = World::without_workers(|_| ()).await;
    let mut auto = store("s-1");
    auto["autoAccept"] = json!(true);
    world.kitchen.put("/stores/s-1", auto).await.is(200);
    let mut config = workers::Config::new(world.redis.url(), PARTITIONS);
    config.roles = vec![Role::Payment, Role::Rider, Role::Customer, Role::Clock];
    let others = workers::start(config.clone()).await.unwrap();

    let id = world.mina.orders("key-1").await;
    let board = world.kitchen.get("/storeOrders").await.is(200).body;
    assert_eq!(board["tickets"][0]["orderId"], id.as_str());
    assert_eq!(board["tickets"][0]["state"], "PLACED");

    config.roles = vec![Role::Store];
    world.workers = Some(workers::start(config).await.unwrap());
    eventually("the order is accepted", async || {
        let order: Value = world.mina.get(&format!("/orders/{id}")).await.body;
        (order["state"] == "ACCEPTED").then_some(())
    })
    .await;
    others.stop().await;
}
