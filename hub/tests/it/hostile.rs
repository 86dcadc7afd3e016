//! Clients that are slow, silent or mean us harm: they cost little, delay nobody, and go.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::sleep;

use crate::line::Line;
use crate::process::Process;
use crate::scene::{Scene, parsed, token};
use crate::world::{PATIENCE, http, soon};

/// The gauge of connections that are not sockets.
const PLACES: &str = "hub_http_connections{whom=\"apps\"}";
/// How many there are of those who mean harm.
const MANY: usize = 30;
/// How much slower a change may reach others because of them. Machines are noisy, and other tests
/// begin and end meanwhile; somebody who is waited for makes it thousands of times slower.
const SLOWER_MAX: u32 = 200;
/// What one of them may cost: a quarter of a megabyte that waits, what is made of it on the way to
/// the system, and what the allocator keeps for a while. With no bound it is twice as much, although
/// all that wait for the same news share its bytes.
const COST_BYTES_MAX: u64 = 1024 * 1024;

/// How long a change takes to reach Mina, in the median of some.
async fn median_delay(scene: &Scene, hub: SocketAddr) -> Duration {
    let mut mina = Line::connect(hub, &token("customer", "mina", 600)).await;
    let mut delays = Vec::new();
    for _ in 0..15 {
        let id = scene.placed().await;
        let channel = format!("order:{id}");
        mina.ask("subscribe", json!({"channel": channel})).await;
        let started = Instant::now();
        scene.cooks(id, 0).await;
        mina.publication(&channel).await;
        delays.push(started.elapsed());
        mina.ask("unsubscribe", json!({"channel": channel})).await;
    }
    delays.sort();
    delays[delays.len() / 2]
}

/// How long a request takes, in the median of some.
async fn median_answer(hub: SocketAddr) -> Duration {
    let (http, url) = (http(), format!("http://{hub}/config.json"));
    let mut answers = Vec::new();
    for _ in 0..15 {
        let started = Instant::now();
        let answer = http.get(&url).send().await.expect("it answers");
        assert!(answer.status().is_success());
        answers.push(started.elapsed());
    }
    answers.sort();
    answers[answers.len() / 2]
}

/// A connection with little room for what comes.
async fn narrow(hub: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("there are sockets left");
    socket.set_recv_buffer_size(4_096).expect("any size will do");
    socket.connect(hub).await.expect("the hub takes connections")
}

/// Waits until the other side has hung up; nothing more is sent meanwhile.
async fn is_hung_up_on(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    // A reset is an end, too.
    let _ = soon("the end of a connection", stream.read_to_end(&mut rest)).await;
}

#[tokio::test]
async fn whoever_never_finishes_a_request_is_hung_up_on_and_delays_nobody() {
    let scene = Scene::with_hubs(0).await;
    let hub = Process::start(scene.redis.url(), &[]).await;
    let undisturbed = median_answer(hub.address).await;
    let slow = join_all((0..MANY).map(async |number| {
        let mut stream = TcpStream::connect(hub.address).await.expect("it takes connections");
        stream.write_all(b"GET /orders HTTP/1.1\r\n").await.expect("it listens");
        let started = Instant::now();
        // One header after the other, for ever; every third says nothing at all.
        while number % 3 != 0 && stream.write_all(b"x-more: of it\r\n").await.is_ok() {
            assert!(started.elapsed() < PATIENCE, "it listens for ever");
            sleep(Duration::from_millis(200)).await;
        }
        is_hung_up_on(&mut stream).await;
    }));
    let others = async {
        sleep(Duration::from_millis(500)).await;
        median_answer(hub.address).await
    };
    let (_, disturbed) = tokio::join!(slow, others);
    assert!(disturbed < undisturbed * SLOWER_MAX, "{undisturbed:?}, then {disturbed:?}");
    let refused = hub.metric("hub_refusals_total{reason=\"slow_head\"}").await;
    assert_eq!(refused, MANY as u64);
}

#[tokio::test]
async fn a_connection_that_asks_for_nothing_more_is_closed_and_a_busy_one_is_not() {
    let scene = Scene::with_hubs(0).await;
    let hub = Process::start(scene.redis.url(), &[("KEEP_ALIVE_SECONDS", "3")]).await;
    let asks = async |stream: &mut TcpStream| {
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: hub\r\n\r\n").await.expect("it listens");
        let mut answer = [0; 4_096];
        let read = soon("an answer", stream.read(&mut answer)).await;
        assert!(answer[..read.expect("it answers")].starts_with(b"HTTP/1.1 "));
    };
    let mut idle = TcpStream::connect(hub.address).await.expect("it takes connections");
    let mut busy = TcpStream::connect(hub.address).await.expect("it takes connections");
    asks(&mut idle).await;
    let until_closed = is_hung_up_on(&mut idle);
    let asking = async {
        loop {
            asks(&mut busy).await;
            sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        () = until_closed => (),
        () = asking => unreachable!("it asks for ever"),
    }
    asks(&mut busy).await;
}

#[tokio::test]
async fn one_address_cannot_take_all_places() {
    let scene = Scene::with_hubs(0).await;
    let hub = Process::start(scene.redis.url(), &[("CONNECTIONS_PER_ADDRESS_MAX", "3")]).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(TcpStream::connect(hub.address).await.expect("it takes connections"));
    }
    let mut fourth = TcpStream::connect(hub.address).await.expect("the system takes it");
    is_hung_up_on(&mut fourth).await;
    assert_eq!(hub.metric("hub_refusals_total{reason=\"address\"}").await, 1);
    // Sockets are counted apart: those who have one have given up their place here.
    drop(streams);
    hub.until(PLACES, |taken| taken == 0).await;
    let token = token("customer", "mina", 600);
    let lines = join_all((0..3).map(|_| Line::connect(hub.address, &token))).await;
    hub.until(PLACES, |taken| taken == 0).await;
    assert!(http().get(format!("http://{}/config.json", hub.address)).send().await.is_ok());
    drop(lines);
}

#[tokio::test]
async fn streams_and_sockets_that_are_never_read_cost_little_and_go() {
    let scene = Scene::with_hubs(0).await;
    let hub = Process::start(scene.redis.url(), &[("CONNECTIONS_PER_USER_MAX", "60")]).await;
    // What the hub remembers anyway, so that it is not counted below. Beside their store,
    // whose menu would make the first look of each as large as the news that are counted.
    scene.floods_beside(&parsed("s-1")).await;
    let undisturbed = median_delay(&scene, hub.address).await;
    let before = hub.resident_bytes();

    let cook = token("store", "cook", 600);
    let ask = format!(
        "GET /events?channel=store:s-1 HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {cook}\r\n\r\n"
    );
    let streams = join_all((0..MANY).map(async |_| {
        let mut stream = narrow(hub.address).await;
        stream.write_all(ask.as_bytes()).await.expect("it listens");
        stream
    }))
    .await;
    let lines = join_all((0..MANY).map(async |_| {
        let mut line = Line::connect_narrow(hub.address, &cook).await;
        line.ask("subscribe", json!({"channel": "store:s-1"})).await;
        line
    }))
    .await;
    for _ in 0..3 {
        scene.floods_the_feed().await;
    }
    let disturbed = median_delay(&scene, hub.address).await;
    let grown = hub.resident_bytes().saturating_sub(before);
    assert!(disturbed < undisturbed * SLOWER_MAX, "{undisturbed:?}, then {disturbed:?}");
    assert!(grown < 2 * MANY as u64 * COST_BYTES_MAX, "{grown} bytes for {MANY} of each");

    // All seats are free again, although nobody has read a word or hung up.
    for kind in ["events", "websocket"] {
        hub.until(&format!("hub_connections{{kind=\"{kind}\"}}"), |open| open == 0).await;
    }
    hub.until(PLACES, |taken| taken == 0).await;
    let refused = hub.metric("hub_refusals_total{reason=\"slow_reading\"}").await;
    assert_eq!(refused, MANY as u64);
    // They were here all the time.
    drop((streams, lines));
}
