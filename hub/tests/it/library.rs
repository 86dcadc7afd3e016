//! A client library as apps use it, unchanged, in both encodings, with a socket and without one.

mod roads;

use std::future::Future;
use std::net::SocketAddr;

use centrifuge::{
    Client, ClientEvent, Error, EventStream, Protocol, PublicationEvent, StreamPosition,
    SubscribedEvent, SubscriptionEvent,
};
use futures_util::{SinkExt, StreamExt};
use prost::Message as _;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::line::knock;
use crate::scene::{Scene, token};
use crate::world;

/// In what encoding, and where: a socket, or a stream for networks that block those.
const WAYS: [(Protocol, &str, &str); 4] = [
    (Protocol::Protobuf, "ws", "websocket"),
    (Protocol::Json, "ws", "websocket"),
    (Protocol::Protobuf, "http", "http_stream"),
    (Protocol::Json, "http", "http_stream"),
];

async fn soon<T>(future: impl Future<Output = T>) -> T {
    world::soon("what the library does next", future).await
}

fn client(hub: SocketAddr, way: (Protocol, &str, &str), token: String) -> Client {
    let (encoding, scheme, path) = way;
    let url = format!("{scheme}://{hub}/connection/{path}");
    Client::builder(url).protocol(encoding).token(token).build().expect("these are good settings")
}

/// Connects, and returns what the hub said then.
async fn connected(hub: SocketAddr, way: (Protocol, &str, &str), token: String) -> (Client, Value) {
    let client = client(hub, way, token);
    let mut events = client.events();
    client.connect().expect("it was not closed");
    let data = soon(async {
        loop {
            match events.next().await.expect("it goes on") {
                ClientEvent::Connected(event) => {
                    return event.data.expect("the hub says who it is");
                }
                ClientEvent::Connecting(_) => (),
                other => panic!("{other:?}"),
            }
        }
    });
    (client, read(&data.await))
}

async fn subscribed(events: &mut EventStream<SubscriptionEvent>) -> SubscribedEvent {
    soon(async {
        loop {
            match events.next().await.expect("it goes on") {
                SubscriptionEvent::Subscribed(event) => return event,
                SubscriptionEvent::Subscribing(_) => (),
                other => panic!("{other:?}"),
            }
        }
    })
    .await
}

async fn publication(events: &mut EventStream<SubscriptionEvent>) -> PublicationEvent {
    match soon(events.next()).await.expect("it goes on") {
        SubscriptionEvent::Publication(event) => event,
        other => panic!("{other:?}"),
    }
}

fn read(data: &[u8]) -> Value {
    serde_json::from_slice(data).expect("payloads are JSON in every encoding")
}

#[tokio::test]
async fn an_order_is_followed_commanded_and_resumed() {
    let scene = Scene::with_hubs(2).await;
    for way in WAYS {
        let id = scene.placed().await;
        let channel = format!("order:{id}");
        let token = || token("customer", "mina", 600);
        let (mina, welcome) = connected(scene.hub(0), way, token()).await;
        assert_eq!(welcome["role"], "customer");

        let order = mina.new_subscription(&channel).build().expect("it is the only one");
        let mut events = order.events();
        order.subscribe();
        let first = subscribed(&mut events).await;
        let snapshot = read(&first.data.expect("a snapshot"));
        assert_eq!(snapshot["order"]["state"], "PLACED");
        scene.cooks(id, 0).await;
        let news = publication(&mut events).await;
        assert_eq!(read(&news.data)["order"]["state"], "ACCEPTED");

        let place = first.stream_position.expect("orders have places");
        assert!(news.offset > place.offset);
        soon(mina.close()).await;
        scene.cooks(id, 1).await;

        let (mina, _) = connected(scene.hub(1), way, token()).await;
        let since = StreamPosition::new(news.offset, place.epoch);
        let order = mina.new_subscription(&channel).since(since).build().expect("the only one");
        let mut events = order.events();
        order.subscribe();
        let again = subscribed(&mut events).await;
        assert_eq!((again.was_recovering, again.recovered), (true, true));
        assert_eq!(read(&publication(&mut events).await.data)["event"], "CookStarted");

        let body = json!({"orderId": id.to_string()}).to_string();
        let refused = soon(mina.rpc("orders.cancel", body.clone())).await;
        let Err(Error::Server(refused)) = refused else { panic!("{refused:?}") };
        assert_eq!(
            (refused.code, &read(refused.message.as_bytes())["code"]),
            (1_409, &json!("cancel_too_late"))
        );
        soon(mina.close()).await;
    }
}

#[tokio::test]
async fn what_is_not_theirs_is_refused_for_good() {
    let scene = Scene::with_hubs(1).await;
    for way in WAYS {
        let (jun, _) = connected(scene.hub(0), way, token("customer", "jun", 600)).await;
        let subscription = jun.new_subscription("customer:mina").build().expect("the only one");
        let mut events = subscription.events();
        subscription.subscribe();
        let code = loop {
            match soon(events.next()).await.expect("it goes on") {
                SubscriptionEvent::Unsubscribed(event) => break event.code,
                SubscriptionEvent::Subscribed(event) => panic!("{event:?}"),
                _ => (),
            }
        };
        assert_eq!(code, 103);

        let stranger = client(scene.hub(0), way, "made.up.token".to_owned());
        let mut events = stranger.events();
        stranger.connect().expect("it was not closed");
        let code = loop {
            match soon(events.next()).await.expect("it goes on") {
                ClientEvent::Disconnected(event) => break event.code,
                ClientEvent::Connected(event) => panic!("{event:?}"),
                _ => (),
            }
        };
        assert_eq!(code, 3_500);
    }
}

#[tokio::test]
async fn the_encoding_may_be_named_in_the_query() {
    let scene = Scene::with_hubs(1).await;
    let connect = Connect { token: token("customer", "mina", 600) };
    let frame = Command { id: 1, connect: Some(connect) }.encode_length_delimited_to_vec();
    for query in ["format=protobuf", "a=b&cf_protocol=protobuf"] {
        let url = format!("ws://{}/connection/websocket?{query}", scene.hub(0));
        let mut socket = knock(url).await.expect("the hub takes sockets");
        socket.send(Message::Binary(frame.clone().into())).await.expect("the hub listens");
        let reply = soon(socket.next()).await.expect("it goes on");
        assert!(matches!(&reply, Ok(Message::Binary(_))), "{reply:?}");
    }
}

/// A command as Protobuf numbers it, written down a second time.
#[derive(Clone, PartialEq, prost::Message)]
struct Command {
    #[prost(uint32, tag = "1")]
    id: u32,
    #[prost(message, optional, tag = "4")]
    connect: Option<Connect>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Connect {
    #[prost(string, tag = "1")]
    token: String,
}
