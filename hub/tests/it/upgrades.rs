//! How a socket is opened, and what its frames may look like: libraries differ.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::line::knock;
use crate::scene::{Scene, token};
use crate::world::soon;

/// The head of the answer to an upgrade that offers `subprotocols`, in small letters.
async fn upgraded(hub: SocketAddr, subprotocols: Option<&str>) -> String {
    let offer = subprotocols.map(|names| format!("Sec-WebSocket-Protocol: {names}\r\n"));
    let request = format!(
        "GET /connection/websocket HTTP/1.1\r\nHost: {hub}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
        offer.unwrap_or_default()
    );
    let mut stream = TcpStream::connect(hub).await.expect("the hub takes connections");
    stream.write_all(request.as_bytes()).await.expect("the hub reads");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let byte = soon("the rest of a head", stream.read_u8()).await;
        head.push(byte.expect("a whole head"));
    }
    String::from_utf8(head).expect("heads are ASCII").to_lowercase()
}

#[tokio::test]
async fn a_known_subprotocol_is_confirmed_and_others_are_passed_over() {
    let scene = Scene::with_hubs(1).await;
    for (offer, confirmed) in [
        (None, None),
        (Some(""), None),
        (Some("chat"), None),
        (Some("centrifuge-json"), Some("centrifuge-json")),
        (Some("centrifuge-protobuf"), Some("centrifuge-protobuf")),
        (Some("chat, centrifuge-protobuf"), Some("centrifuge-protobuf")),
    ] {
        let head = upgraded(scene.hub(0), offer).await;
        assert!(head.starts_with("http/1.1 101"), "{offer:?}: {head}");
        let line = head.lines().find_map(|it| it.strip_prefix("sec-websocket-protocol: "));
        assert_eq!(line, confirmed, "{offer:?}");
    }
}

#[tokio::test]
async fn what_counts_is_what_was_agreed_and_not_the_kind_of_frame() {
    let scene = Scene::with_hubs(1).await;
    let url = format!("ws://{}/connection/websocket", scene.hub(0));
    let mut socket = knock(url).await.expect("the hub takes sockets");
    let connect = json!({"id": 1, "connect": {"token": token("customer", "mina", 600)}});
    let rpc = json!({"id": 2, "rpc": {"method": "orders.list", "data": null, "what": 1}, "x": {}});
    let frame = format!("{connect}\n{rpc}\n");
    socket.send(Message::binary(frame.into_bytes())).await.expect("the hub listens");
    let mut told = String::new();
    while !told.contains("\"id\":2") {
        match soon("a reply", socket.next()).await {
            Some(Ok(Message::Text(text))) => told += text.as_str(),
            other => panic!("{other:?}"),
        }
    }
    assert!(told.contains("\"orders\":[]"), "{told}");
}
