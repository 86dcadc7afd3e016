//! A real haproxy in front of a real hub, and requests on whose end the two might not agree. What
//! hides behind one of them must never be answered, and nobody is whom they say they are.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::process::{Child, Command};

use crate::abuse::{UPGRADE, head, statuses, told};
use crate::scene::Scene;
use crate::world::{eventually, soon};

/// What is counted of those who got through with what they had hidden.
const HIDDEN: &str = "hub_requests_total{method=\"GET\",route=\"/openapi.json\",status=\"200\"}";

/// A way in, as GUIDE.md and the siege have it. Ends when dropped.
struct Ingress {
    address: SocketAddr,
    _process: Child,
    _dir: TempDir,
}

impl Ingress {
    async fn to(hub: SocketAddr) -> Ingress {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("there are ports");
        let address = free.local_addr().expect("it has one");
        drop(free);
        let dir = TempDir::with_prefix("ingress-").expect("there is room");
        let file = dir.path().join("haproxy.cfg");
        // The connection to the hub is kept, or nothing could hide in it.
        let config = format!(
            "defaults\n  mode http\n  option forwardfor\n  http-reuse always\n  \
             timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n\
             frontend apps\n  bind {address}\n  default_backend hubs\n\
             backend hubs\n  server hub {hub}\n"
        );
        std::fs::write(&file, config).expect("there is room");
        let process = Command::new("haproxy")
            // Debian keeps it where only root looks.
            .env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()))
            .args(["-db", "-q", "-f"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("haproxy is installed (make tools)");
        eventually("haproxy has started", async || TcpStream::connect(address).await.ok()).await;
        Ingress { address, _process: process, _dir: dir }
    }
}

/// Requests with another one inside that only one of two readers sees.
fn attempts() -> Vec<(&'static str, Vec<u8>)> {
    let hidden = head("GET", "/openapi.json", &[]);
    let length = hidden.len();
    let of = |lines: &[&str], body: String| {
        [head("POST", "/orders", lines).into_bytes(), body.into_bytes()].concat()
    };
    let chunk = format!("{length:x}\r\n{hidden}\r\n0\r\n\r\n");
    let ends = format!("0\r\n\r\n{hidden}");
    let own = format!("content-length: {}", ends.len());
    let chunked = "transfer-encoding: chunked";
    let raw = |text: String| text.into_bytes();
    vec![
        ("a length and chunks", of(&[&own, chunked], ends.clone())),
        ("chunks and a length", of(&[chunked, "content-length: 4"], chunk.clone())),
        (
            "two lengths",
            of(&["content-length: 0", &format!("content-length: {length}")], hidden.clone()),
        ),
        ("two lengths in one line", of(&[&format!("content-length: 0, {length}")], hidden.clone())),
        ("a length with a sign", of(&[&format!("content-length: +{length}")], hidden.clone())),
        ("a length that is none", of(&["content-length: 0x0"], hidden.clone())),
        ("chunks that are no chunks", of(&["transfer-encoding: xchunked", &own], ends.clone())),
        ("chunks behind a space", of(&["transfer-encoding : chunked", &own], ends.clone())),
        ("chunks behind a tab", of(&["transfer-encoding:\tchunked", &own], ends.clone())),
        ("chunks twice", of(&[chunked, "transfer-encoding: identity", &own], ends.clone())),
        ("a folded line", of(&[&own, "x-more: a\r\n transfer-encoding: chunked"], ends.clone())),
        (
            "a bare line feed",
            raw(format!(
                "POST /orders HTTP/1.1\r\nhost: hub\r\n{own}\r\nx: y\n{chunked}\r\n\r\n{ends}"
            )),
        ),
        ("a chunk of another size", of(&[chunked], format!("0;x=\n{hidden}\r\n0\r\n\r\n"))),
        ("a huge chunk", of(&[chunked], format!("ffffffffffffffff1\r\n{hidden}"))),
        (
            "a body of a GET",
            raw([
                head("GET", "/stores?lat=1&lng=1", &[&format!("content-length: {length}")]),
                hidden.clone(),
            ]
            .concat()),
        ),
        (
            "HTTP/1.0 with chunks",
            raw(format!("POST /orders HTTP/1.0\r\nhost: hub\r\n{own}\r\n{chunked}\r\n\r\n{ends}")),
        ),
        (
            "an upgrade that is none",
            raw([
                head(
                    "GET",
                    "/config.json",
                    &["connection: upgrade", "upgrade: h2c", &format!("content-length: {length}")],
                ),
                hidden.clone(),
            ]
            .concat()),
        ),
    ]
}

#[tokio::test]
async fn nothing_is_smuggled_past_a_proxy() {
    let scene = Scene::with_hubs(0).await;
    let hub = scene.hub_process(&[]).await;
    let ingress = Ingress::to(hub.address).await;
    for (what, bytes) in attempts() {
        let answer = told(ingress.address, &bytes).await;
        let answers = statuses(&answer);
        println!("{what}: {answers:?}");
        // One answer, or an error for what came after it, but never what was hidden.
        assert!(!answer.contains("\"openapi\""), "{what}: {answer}");
        assert!((1..=2).contains(&answers.len()), "{what}: {answer}");
        assert!(answers.iter().all(|it| (400..500).contains(it) || *it == 200), "{what}: {answer}");
        assert_eq!(hub.metric(HIDDEN).await, 0, "{what}");
        // Nor is anything left in a connection that the next one gets.
        let next = told(ingress.address, head("GET", "/config.json", &[]).as_bytes()).await;
        assert_eq!(statuses(&next), [200], "after {what}: {next}");
        assert!(next.contains("\"pingSeconds\""), "after {what}: {next}");
    }
}

#[tokio::test]
async fn what_two_readers_could_read_differently_is_refused_by_the_hub_alone() {
    let scene = Scene::with_hubs(0).await;
    let hub = scene.hub_process(&[]).await;
    for (what, bytes) in attempts() {
        let answer = told(hub.address, &bytes).await;
        let answers = statuses(&answer);
        println!("{what}: {answers:?}");
        assert!(!answers.contains(&500), "{what}: {answer}");
    }
    // Of an address of another host only the path counts, and a host that is none is nobody's.
    for request in [
        "GET http://evil.example/config.json HTTP/1.1\r\nhost: hub\r\n\r\n",
        "GET /config.json HTTP/1.1\r\nhost: evil.example\r\n\r\n",
    ] {
        assert_eq!(statuses(&told(hub.address, request.as_bytes()).await), [200], "{request}");
    }
    for request in [
        "GET /config.json HTTP/1.1\r\nhost: a\r\nx: \0\r\n\r\n",
        "GET /config json HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET /config.json HTTP/2.0\r\nhost: a\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\x16\x03\x01\0\x05hello\r\n\r\n",
    ] {
        let answer = told(hub.address, request.as_bytes()).await;
        assert!(answer.is_empty() || statuses(&answer) == [400], "{request:?}: {answer}");
    }
    let long = head("GET", "/config.json", &[&format!("x: {}", "y".repeat(200_000))]);
    assert_eq!(statuses(&told(hub.address, long.as_bytes()).await), [431]);
    let many = vec!["x: y"; 200];
    let many = head("GET", "/config.json", &many);
    assert_eq!(statuses(&told(hub.address, many.as_bytes()).await), [431]);
}

#[tokio::test]
async fn nobody_chooses_their_own_address_through_a_proxy() {
    let scene = Scene::with_hubs(0).await;
    let settings = [("TRUSTED_PROXIES", "127.0.0.1"), ("CONNECTIONS_PER_ADDRESS_MAX", "2")];
    let hub = scene.hub_process(&settings).await;
    let ingress = Ingress::to(hub.address).await;
    // From another address than the proxy's, with a story about where they are from.
    let knock = async |from: &str, story: &str| {
        let socket = TcpSocket::new_v4().expect("there are sockets left");
        socket.bind(format!("{from}:0").parse().expect("an address")).expect("it is ours");
        let mut stream = socket.connect(ingress.address).await.expect("it takes connections");
        let story = format!("x-forwarded-for: {story}");
        let more =
            [&UPGRADE[..], &[&story, "x-real-ip: 7.7.7.7", "forwarded: for=7.7.7.7"]].concat();
        let upgrade = head("GET", "/connection/websocket", &more);
        stream.write_all(upgrade.as_bytes()).await.expect("it listens");
        let mut answer = [0; 4_096];
        let length = soon("an answer to an upgrade", stream.read(&mut answer)).await;
        let answer = String::from_utf8_lossy(&answer[..length.expect("it answers")]).into_owned();
        (statuses(&answer), stream)
    };
    let mut open = Vec::new();
    for (number, status) in [(1, 101), (2, 101), (3, 429), (4, 429)] {
        let (answer, stream) = knock("127.0.0.2", &format!("9.9.9.{number}, 127.0.0.1")).await;
        assert_eq!(answer, [status]);
        open.push(stream);
    }
    let (answer, _stream) = knock("127.0.0.3", "127.0.0.2").await;
    assert_eq!(answer, [101], "nobody else pays for it");
}
