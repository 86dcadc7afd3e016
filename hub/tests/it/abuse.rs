//! Requests that nobody sends who means well, byte by byte, to a hub that is a process: each has
//! its answer, and none reaches further. SECURITY.md lists them.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::line::{self, Line};
use crate::process::Process;
use crate::scene::{Scene, token};
use crate::world::{PATIENCE, basket, http, soon};

/// What a head has more that asks for a socket.
pub(crate) const UPGRADE: [&str; 4] = [
    "connection: upgrade",
    "upgrade: websocket",
    "sec-websocket-version: 13",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
];

/// A head for `method` and `path` with these lines more.
pub(crate) fn head(method: &str, path: &str, more: &[&str]) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: hub\r\n");
    more.iter().for_each(|line| head += &format!("{line}\r\n"));
    head + "\r\n"
}

/// Sends bytes as they are, and hears all that is answered until the other side hangs up or, if
/// it waits for more, has said nothing for a while.
pub(crate) async fn told(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("it takes connections");
    // Whoever has heard enough may hang up before the end.
    let _ = stream.write_all(bytes).await;
    let mut heard = Vec::new();
    let mut piece = [0; 4_096];
    let mut patience = PATIENCE;
    while let Ok(Ok(length @ 1..)) = timeout(patience, stream.read(&mut piece)).await {
        heard.extend_from_slice(&piece[..length]);
        patience = Duration::from_millis(500);
    }
    String::from_utf8_lossy(&heard).into_owned()
}

/// The statuses in what was told, one for each answer.
pub(crate) fn statuses(told: &str) -> Vec<u16> {
    let heads = told.split("HTTP/1.1 ").skip(1).chain(told.split("HTTP/1.0 ").skip(1));
    heads.map(|rest| rest[..3].parse().expect("a status")).collect()
}

/// What the store of the scene cooks.
fn dinner() -> Value {
    let mut basket = basket("tok_ok");
    basket["items"][0]["options"] = json!([]);
    basket
}

async fn with_hub(settings: &[(&str, &str)]) -> (Scene, Process) {
    let scene = Scene::with_hubs(0).await;
    let hub = scene.hub_process(settings).await;
    (scene, hub)
}

#[tokio::test]
async fn a_body_that_trickles_in_is_not_waited_for() {
    let (_scene, hub) = with_hub(&[]).await;
    let mina = format!("authorization: Bearer {}", token("customer", "mina", 600));
    let more = [mina.as_str(), "idempotency-key: k", "content-type: application/json"];
    join_all(["/orders", "/emulation", "/connection/http_stream"].map(async |path| {
        let mut stream = TcpStream::connect(hub.address).await.expect("it takes connections");
        let head = head("POST", path, &[&more[..], &["content-length: 60000"]].concat());
        stream.write_all(head.as_bytes()).await.expect("it listens");
        let mut answer = [0; 4_096];
        let trickling = async {
            loop {
                tokio::select! {
                    read = stream.read(&mut answer) => return read.expect("it answers"),
                    () = sleep(Duration::from_millis(200)) => (),
                }
                // It may have answered meanwhile, and hung up.
                let _ = stream.write_all(b" ").await;
            }
        };
        let length = soon("an answer to a body without an end", trickling).await;
        assert_eq!(statuses(&String::from_utf8_lossy(&answer[..length])), [422], "{path}");
    }))
    .await;
    hub.until("hub_refusals_total{reason=\"slow_body\"}", |count| count == 3).await;
    hub.until("hub_http_connections{whom=\"apps\"}", |places| places == 0).await;
}

#[tokio::test]
async fn a_socket_that_never_says_who_it_is_ends() {
    let (_scene, hub) = with_hub(&[]).await;
    let upgrade = head("GET", "/connection/websocket", &UPGRADE);
    // Nothing; half of a frame; a message of many pieces without an end; and pings for ever.
    let beginnings: [&[u8]; 4] = [b"", b"\x81\xfe", b"\x01\x81\0\0\0\0{", b"\x89\x80\0\0\0\0"];
    let again: [&[u8]; 4] = [b"", b"", b"\x00\x80\0\0\0\0", b"\x89\x80\0\0\0\0"];
    join_all(beginnings.iter().zip(again).map(async |(beginning, again)| {
        let mut stream = TcpStream::connect(hub.address).await.expect("it takes connections");
        let (mut read, mut write) = stream.split();
        write.write_all(upgrade.as_bytes()).await.expect("it listens");
        write.write_all(beginning).await.expect("it listens");
        let mut heard = Vec::new();
        let hearing = soon("the end of a socket", read.read_to_end(&mut heard));
        let saying = async {
            while write.write_all(again).await.is_ok() {
                sleep(Duration::from_millis(50)).await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            // A reset is an end, too.
            ended = hearing => drop(ended),
            () = saying => (),
        }
    }))
    .await;
    hub.until("hub_connections{kind=\"websocket\"}", |open| open == 0).await;
}

#[tokio::test]
async fn a_message_in_pieces_is_no_larger_than_one() {
    let (_scene, hub) = with_hub(&[]).await;
    let mut stream = TcpStream::connect(hub.address).await.expect("it takes connections");
    let upgrade = head("GET", "/connection/websocket", &UPGRADE);
    stream.write_all(upgrade.as_bytes()).await.expect("it listens");
    let mut answer = [0; 1_024];
    let answered = soon("an answer to an upgrade", stream.read(&mut answer)).await;
    assert!(answered.is_ok_and(|length| length > 0), "it answers");
    // The first of many pieces of a kilobyte each, masked with nothing.
    let piece = |first: u8| [&[first, 0xfe, 0x04, 0x00, 0, 0, 0, 0], &[b' '; 1_024][..]].concat();
    stream.write_all(&piece(0x01)).await.expect("it listens");
    let mut pieces = 1;
    while stream.write_all(&piece(0x00)).await.is_ok() && pieces < 40 {
        pieces += 1;
    }
    let mut heard = Vec::new();
    // A reset is an end, too.
    let _ = soon("the end of a socket", stream.read_to_end(&mut heard)).await;
    let told = heard.windows(2).any(|it| it == 1009_u16.to_be_bytes());
    assert!(told || heard.is_empty(), "{heard:?}");
    hub.until("hub_closes_total{code=\"1009\"}", |count| count == 1).await;
}

#[tokio::test]
async fn who_floods_a_socket_is_sent_away() {
    let (_scene, hub) = with_hub(&[]).await;
    let mut mina = Line::connect(hub.address, &token("customer", "mina", 600)).await;
    let calls: Vec<String> =
        (100..400).map(|id| json!({"id": id, "rpc": {"method": "no.such"}}).to_string()).collect();
    mina.say(calls.join("\n")).await;
    assert_eq!(mina.closed().await, 4429);
    hub.until("hub_refusals_total{reason=\"flooding\"}", |count| count == 1).await;
}

#[tokio::test]
async fn a_bomb_of_json_does_not_go_off() {
    let (scene, hub) = with_hub(&[]).await;
    let order = scene.placed().await;
    let mina = format!("authorization: Bearer {}", token("customer", "mina", 600));
    let post = async |path: &str, body: &[u8]| {
        let length = format!("content-length: {}", body.len());
        let more = [&mina, "idempotency-key: k", "content-type: application/json", &length];
        let head = head("POST", path, &more);
        told(hub.address, &[head.as_bytes(), body].concat()).await
    };
    let usual = dinner().to_string();
    let deep = ["[".repeat(30_000), "]".repeat(30_000)].concat();
    let said_twice = usual.replacen('{', "{\"note\":\"a\",", 1);
    let bombs: [(&str, Vec<u8>); 6] = [
        ("a depth of 30,000", deep.clone().into()),
        ("a number beyond all", usual.replace("37.5551", "1e999").into()),
        ("a number of 10,000 digits", usual.replace("37.5551", &"9".repeat(10_000)).into()),
        ("a field said twice", said_twice.into()),
        (
            "no UTF-8",
            usual
                .replace("note", "no\u{7f}te")
                .into_bytes()
                .iter()
                .map(|byte| if *byte == 0x7f { 0xff } else { *byte })
                .collect(),
        ),
        ("half of a surrogate", usual.replace("망원동", "\\ud800").into()),
    ];
    for (what, bomb) in bombs {
        let answer = post("/orders", &bomb).await;
        assert_eq!(statuses(&answer), [422], "{what}: {answer}");
        assert!(answer.contains("application/problem+json"), "{what}: {answer}");
    }
    // Where nobody looks it is passed over, and takes no more than its bytes.
    let passed_over = usual.replacen('{', &format!("{{\"more\":{deep},"), 1);
    assert_eq!(statuses(&post("/orders", passed_over.as_bytes()).await), [202]);
    let compressed = head(
        "POST",
        "/orders",
        &[
            &mina,
            "idempotency-key: k",
            "content-type: application/json",
            "content-encoding: gzip",
            "content-length: 4",
        ],
    );
    let answer = told(hub.address, &[compressed.as_bytes(), b"\x1f\x8b\x08\0"].concat()).await;
    assert_eq!(statuses(&answer), [422], "nothing is unpacked: {answer}");

    let mut line = Line::connect(hub.address, &token("customer", "mina", 600)).await;
    let deep = ["[".repeat(10_000), "]".repeat(10_000)].concat();
    for (id, data) in [(90, deep.as_str()), (91, "{\"orderId\":1e999}")] {
        let call = format!(r#"{{"id":{id},"rpc":{{"method":"orders.get","data":{data}}}}}"#);
        line.say(call).await;
        assert_eq!(line.reply(id).await["error"]["code"], 1422);
    }
    // They are still there, and so is everybody else's order.
    let reply = line.calls("orders.get", json!({"orderId": order.to_string()})).await;
    assert_eq!(reply["state"], "PLACED");
}

#[tokio::test]
async fn no_path_leads_anywhere_else() {
    let (scene, hub) = with_hub(&[]).await;
    let order = scene.placed().await;
    let mina = format!("authorization: Bearer {}", token("customer", "mina", 600));
    let eve = format!("authorization: Bearer {}", token("customer", "eve", 600));
    let asked =
        async |path: &str, who: &str| told(hub.address, head("GET", path, &[who]).as_bytes()).await;
    for path in [
        "/orders/../ops/stuck",
        "/orders/%2e%2e/ops/stuck",
        "/orders/..%2fops%2fstuck",
        "/assets/../../../../../../etc/passwd",
        "/assets/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/orders/%00",
        "/orders/%ff%fe",
        "/metrics",
        "/readyz",
    ] {
        let answer = asked(path, &mina).await;
        let status = statuses(&answer);
        assert!(!answer.contains("root:") && !answer.contains("# HELP"), "{path}: {answer}");
        assert!(status == [404] || status == [400], "{path}: {answer}");
    }
    // An order that is somebody else's is told from none at all by nothing but the order.
    let beyond = order.to_string().replace(&order.to_string()[30..], "000000");
    let foreign = asked(&format!("/orders/{order}"), &eve).await;
    let nothing = asked(&format!("/orders/{beyond}"), &eve).await;
    let body = |answer: &str| answer.split_once("\r\n\r\n").expect("a body").1.to_owned();
    assert_eq!((statuses(&foreign), body(&foreign)), (vec![404], body(&nothing)));
}

#[tokio::test]
async fn a_token_in_an_address_is_no_token() {
    let (scene, hub) = with_hub(&[]).await;
    let order = scene.placed().await;
    let mina = token("customer", "mina", 600);
    for name in ["token", "access_token", "jwt", "authorization"] {
        for path in [
            format!("/orders/{order}?{name}={mina}"),
            format!("/events?channel=order:{order}&{name}={mina}"),
        ] {
            let answer = told(hub.address, head("GET", &path, &[]).as_bytes()).await;
            assert_eq!(statuses(&answer), [401], "{path}: {answer}");
        }
        let url = format!("ws://{}/connection/websocket?{name}={mina}", hub.address);
        let mut socket = line::knock(url).await.expect("the door is open");
        let ask = json!({"id": 1, "subscribe": {"channel": format!("order:{order}")}}).to_string();
        futures_util::SinkExt::send(&mut socket, ask.into()).await.expect("it listens");
        let heard = soon("a close", futures_util::StreamExt::next(&mut socket)).await;
        let heard = heard.expect("it answers");
        let close = heard.expect("a frame").to_text().map(str::to_owned);
        assert!(close.is_ok_and(|text| text.contains("bad request")), "{name}");
    }
    let log = serde_json::to_string(&hub.log()).expect("it was JSON");
    assert!(!log.contains(&mina), "{log}");
}

#[tokio::test]
async fn a_page_from_elsewhere_opens_no_socket() {
    let (_scene, hub) = with_hub(&[("ALLOWED_ORIGINS", "https://food.example")]).await;
    let knock = async |origin: &str| {
        let url = format!("ws://{}/connection/websocket", hub.address);
        let mut request = url.into_client_request().expect("this is a URL");
        let origin = origin.parse().expect("this is a header");
        request.headers_mut().insert("origin", origin);
        match line::knock(request).await {
            Ok(_) => 101,
            Err(Error::Http(response)) => response.status().as_u16(),
            Err(other) => panic!("{other}"),
        }
    };
    let own = format!("http://{}", hub.address);
    for (origin, status) in [
        (own.as_str(), 101),
        ("https://food.example", 101),
        ("https://evil.example", 403),
        ("https://food.example.evil.example", 403),
        ("null", 403),
        ("", 403),
    ] {
        assert_eq!(knock(origin).await, status, "{origin:?}");
    }
}

#[tokio::test]
async fn nothing_that_is_sent_writes_into_the_log() {
    let (_scene, hub) = with_hub(&[("RUST_LOG", "debug"), ("LOG_FORMAT", "json")]).await;
    let mina = token("customer", "mina", 600);
    let body = dinner().to_string();
    let order = http().post(format!("http://{}/orders", hub.address));
    let order = order.bearer_auth(&mina).header("idempotency-key", "k").body(body);
    let order = order.header("content-type", "application/json").send().await;
    // Nobody takes the money here.
    assert_eq!(order.expect("it answers").status(), 202);
    let forged = r#"{"level":"ERROR","message":"forged"}"#;
    let bearer = format!("authorization: Bearer {mina}");
    for (path, more) in [
        (format!("/orders/%0a{}", forged.replace('"', "%22")), bearer.clone()),
        ("/orders".to_owned(), format!("user-agent: {forged}")),
        ("/orders".to_owned(), format!("idempotency-key: {forged}\r\ntraceparent: {forged}")),
        (format!("/orders?state={}", forged.replace('"', "%22")), bearer.clone()),
    ] {
        told(hub.address, head("GET", &path, &[&more, &bearer]).as_bytes()).await;
    }
    let mut line = Line::connect(hub.address, &mina).await;
    line.ask("rpc", json!({"method": format!("x\n{forged}")})).await;
    line.ask("subscribe", json!({"channel": format!("order:\n{forged}")})).await;
    // Each line is one object of ours, or it would not have been read.
    let log = hub.log();
    assert!(log.len() > 5, "{log:?}");
    for entry in &log {
        assert_ne!(entry["message"], "forged");
        let text = entry.to_string();
        let basket = basket("tok_ok");
        let told = [&basket["address"]["text"], &basket["note"], &Value::from(mina.as_str())];
        for secret in told {
            let secret = secret.as_str().expect("a text");
            assert!(!text.contains(secret), "{text}");
        }
    }
}
