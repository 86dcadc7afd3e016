//! Clients without a socket, from outside: a stream at one hub, and commands by way of another.

use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use uuid::Uuid;

use crate::scene::{Scene, token};
use crate::stream::{Stream, ask, post};
use crate::world::{eventually, http, soon};

#[tokio::test]
async fn an_order_is_followed_commanded_and_resumed_without_a_socket() {
    let scene = Scene::with_hubs(2).await;
    let mina = token("customer", "mina", 600);
    for (home, other) in [(0, 0), (0, 1), (1, 0)] {
        let id = scene.placed().await;
        let channel = format!("order:{id}");
        let hub = scene.hub(other);
        let mut stream = Stream::connect(scene.hub(home), &mina).await;
        let reply = stream.ask(hub, "subscribe", json!({"channel": channel})).await;
        let first = reply["subscribe"].clone();
        assert_eq!(first["data"]["order"]["state"], "PLACED");
        scene.cooks(id, 0).await;
        let news = stream.publication(&channel).await;
        assert_eq!(news["data"]["order"]["state"], "ACCEPTED");
        drop(stream);

        scene.cooks(id, 1).await;
        let mut stream = Stream::connect(hub, &mina).await;
        let again = json!({"channel": channel, "recover": true,
            "epoch": first["epoch"], "offset": news["offset"]});
        let reply = stream.ask(scene.hub(home), "subscribe", again).await["subscribe"].clone();
        assert_eq!(reply["recovered"], true, "{reply}");
        assert_eq!(reply["publications"][0]["data"]["event"], "CookStarted");
        let cancel = json!({"method": "orders.cancel", "data": {"orderId": id.to_string()}});
        let refused = stream.ask(scene.hub(home), "rpc", cancel).await;
        assert_eq!(refused["error"]["code"], 1409);
    }
}

#[tokio::test]
async fn a_stream_is_told_why_it_ends() {
    let scene = Scene::with_hubs(1).await;
    let hub = scene.hub(0);
    let mut stream = Stream::try_connect(hub, &token("customer", "mina", -60)).await;
    let reply = stream.until(|it| it["id"] == 1).await;
    assert_eq!(reply["error"]["code"], 109);

    let no_token = json!({"id": 1, "connect": {}}).to_string();
    let nobody = json!({"id": 1, "subscribe": {"channel": "ops"}}).to_string();
    for body in [no_token.as_str(), &nobody, "", "nonsense", "{}"] {
        assert_eq!(Stream::open(hub, body).await.closed().await, 3_501, "{body}");
    }
    assert_eq!(Stream::try_connect(hub, "made.up.token").await.closed().await, 3_500);

    let mina = token("customer", "mina", 600);
    let mut stream = Stream::connect(hub, &mina).await;
    stream.says(hub, "{}").await;
    assert_eq!(stream.closed().await, 3_501, "a pong that nobody asked for");
    let mut stream = Stream::connect(hub, &mina).await;
    let flood = json!({"id": 2, "rpc": {"method": "no.such"}}).to_string();
    stream.says(hub, &vec![flood; 400].join("\n")).await;
    assert_eq!(stream.closed().await, 4_429);
}

#[tokio::test]
async fn a_ping_wants_a_pong_by_whatever_hub() {
    let scene = Scene::with_hubs(2).await;
    let mina = token("customer", "mina", 600);
    let mut lively = Stream::connect(scene.hub(0), &mina).await;
    let mut silent = Stream::connect(scene.hub(0), &mina).await;
    let answers = async {
        lively.until(|it| *it == json!({})).await;
        lively.says(scene.hub(1), "{}").await;
    };
    let (code, ()) = tokio::join!(silent.closed(), answers);
    assert_eq!(code, 3_012);
    let reply = lively.ask(scene.hub(1), "rpc", json!({"method": "no.such"})).await;
    assert_eq!(reply["error"]["code"], 104);
}

#[tokio::test]
async fn a_command_that_gets_nowhere_says_so() {
    let mut scene = Scene::with_hubs(2).await;
    let (here, there) = (scene.hub(0), scene.hub(1));
    let mina = token("customer", "mina", 600);
    let near = Stream::connect(here, &mina).await;
    let far = Stream::connect(there, &mina).await;
    let nobody = Uuid::new_v4().to_string();
    for node in ["", "hub-1", &nobody] {
        let answer = post(here, &near.session, node, "{}").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{node}");
    }
    for session in ["", "me", &nobody, &far.session] {
        let answer = post(here, session, &near.node, "{}").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{session}");
    }
    // A session that some other hub does not have ends with its stream; that is how one knows.
    assert_eq!(post(here, &nobody, &far.node, "{}").await.status(), StatusCode::NO_CONTENT);

    scene.hubs.remove(1).stop().await;
    eventually("the hub is missed", async || {
        let answer = post(here, &far.session, &far.node, "{}").await;
        (answer.status() == StatusCode::NOT_FOUND).then_some(())
    })
    .await;

    scene.add_hub().await;
    let far = Stream::connect(scene.hub(1), &mina).await;
    let hubs = scene.stops_redis().await;
    let answer = post(hubs[0].local_addr(), &far.session, &far.node, "{}").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()["retry-after"], "1");
    // At the hub itself nobody needs to be asked.
    let answer = post(hubs[1].local_addr(), &far.session, &far.node, "{}").await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn doors_are_as_narrow_as_they_say() {
    let mut scene = Scene::with_hubs(0).await;
    scene.add_hub_with(|it| it.allowed_origins = vec!["https://food.example".to_owned()]).await;
    let hub = scene.hub(0);
    let client = http();
    for path in ["/connection/http_stream", "/emulation"] {
        let url = format!("http://{hub}{path}");
        let sent = |method, origin: &str, body: String| {
            let request = client.request(method, &url).header("content-type", "application/json");
            request.header("origin", origin).body(body).send()
        };
        let too_large = sent(Method::POST, "https://food.example", " ".repeat(65 * 1_024)).await;
        assert_eq!(too_large.expect("it answers").status(), StatusCode::PAYLOAD_TOO_LARGE);
        let stranger = sent(Method::POST, "https://evil.example", String::new()).await;
        assert_eq!(stranger.expect("it answers").status(), StatusCode::FORBIDDEN);
        let wrong = client.get(&url).send().await.expect("it answers");
        assert_eq!(wrong.status(), StatusCode::METHOD_NOT_ALLOWED);
        for (origin, is_welcome) in
            [("https://food.example", true), ("https://evil.example", false)]
        {
            let asked = client.request(Method::OPTIONS, &url).header("origin", origin);
            let asked = asked.header("access-control-request-method", "POST");
            let answer = asked.send().await.expect("it answers");
            assert_eq!(answer.status(), StatusCode::NO_CONTENT);
            let allowed = answer.headers().get("access-control-allow-origin");
            assert_eq!(allowed.is_some_and(|it| it == origin), is_welcome);
        }
    }
    for body in ["", "{", "{}", "[]", r#"{"session":"s","node":"n","data":{}}"#] {
        let request = client.post(format!("http://{hub}/emulation")).body(body);
        let answer = request.send().await.expect("it answers");
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{body}");
    }
    let connect = json!({"id": 1, "connect": {"token": token("customer", "mina", 600)}});
    let answer = ask(hub, connect.to_string()).send().await.expect("it answers");
    let headers = answer.headers();
    assert_eq!(headers["x-accel-buffering"], "no");
    assert_eq!(headers["cache-control"], "private, no-cache, no-store, must-revalidate, max-age=0");
}

#[tokio::test]
async fn a_hub_that_stops_says_so_before_the_stream_ends() {
    let mut scene = Scene::with_hubs(1).await;
    let mina = token("customer", "mina", 600);
    let mut stream = Stream::connect(scene.hub(0), &mina).await;
    let server = scene.hubs.remove(0);
    let (code, ()) = tokio::join!(stream.closed(), soon("the hub stops", server.stop()));
    assert_eq!(code, 3_001);
}

#[tokio::test]
async fn who_vanishes_or_does_not_read_has_no_seat_any_more() {
    let mut scene = Scene::with_hubs(0).await;
    scene.add_hub_with(|config| config.connections_per_user_max = 1).await;
    let hub = scene.hub(0);
    let cook = token("store", "cook", 600);
    let first = Stream::connect(hub, &cook).await;
    assert_eq!(Stream::try_connect(hub, &cook).await.closed().await, 4_429);
    drop(first);
    let room = async || {
        let mut stream = Stream::try_connect(hub, &cook).await;
        let told = stream.until(|_| true).await;
        told["connect"].is_object().then_some(())
    };
    eventually("there is room again", room).await;

    // With little room for what comes, and never reading after the first words.
    let mut slow = eventually("a seat", async || {
        let socket = TcpSocket::new_v4().expect("there are sockets left");
        socket.set_recv_buffer_size(4_096).expect("any size will do");
        let mut slow = socket.connect(hub).await.expect("the hub listens");
        let body = json!({"id": 1, "connect": {"token": cook}}).to_string()
            + "\n"
            + &json!({"id": 2, "subscribe": {"channel": "store:s-1"}}).to_string();
        let head = format!(
            "POST /connection/http_stream HTTP/1.1\r\nhost: {hub}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        slow.write_all((head + &body).as_bytes()).await.expect("the hub listens");
        let mut heard = String::new();
        while !heard.contains("\"subscribe\"") {
            let mut bytes = [0; 1_024];
            let count = slow.read(&mut bytes).await.expect("the hub answers");
            assert!(count > 0, "hung up on after {heard}");
            heard.push_str(&String::from_utf8_lossy(&bytes[..count]));
            if heard.contains("\"disconnect\"") {
                return None;
            }
        }
        Some(slow)
    })
    .await;
    scene.floods_the_feed().await;
    eventually("the slow reader has lost the seat", room).await;
    slow.shutdown().await.expect("it was open");
}
