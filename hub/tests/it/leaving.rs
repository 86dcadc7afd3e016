//! A hub that stops: who leaves when, and who is still let in.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use streams::PrivateRedis;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Error;

use crate::line::{Line, knock};
use crate::process::Process;
use crate::scene::{PARTITIONS, Scene, token};
use crate::world::{basket, http, soon};

const DRAIN: Duration = Duration::from_secs(4);

#[tokio::test]
async fn sockets_leave_one_by_one_and_nobody_new_is_let_in() {
    let mut scene = Scene::with_hubs(0).await;
    scene.add_hub_with(|config| config.drain = DRAIN).await;
    let hub = scene.hub(0);
    let (http, ready) = (http(), format!("http://{}/readyz", scene.hubs[0].admin_addr()));
    let token = token("customer", "mina", 600);
    let mut lines = join_all((0..12).map(|_| Line::connect(hub, &token))).await;

    let started = Instant::now();
    let stopping = tokio::spawn(scene.hubs.remove(0).stop());
    let newcomer = async {
        tokio::time::sleep(DRAIN / 8).await;
        let ready = http.get(&ready).send().await.expect("health is served to the end");
        assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
        match knock(format!("ws://{hub}/connection/websocket")).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), 503),
            other => panic!("{other:?}"),
        }
    };
    let goodbyes = join_all(lines.iter_mut().map(async |line| {
        let code = line.closed().await;
        (code, started.elapsed())
    }));
    let (goodbyes, ()) = tokio::join!(goodbyes, newcomer);
    assert!(goodbyes.iter().all(|(code, _)| *code == 3_001), "{goodbyes:?}");
    // A twelfth of three quarters of the drain between any two.
    let first = goodbyes.iter().map(|it| it.1).min().expect("there were some");
    let last = goodbyes.iter().map(|it| it.1).max().expect("there were some");
    assert!(last - first > DRAIN / 2, "{goodbyes:?}");
    soon("the hub stops", stopping).await.expect("nobody panics");
    assert!(started.elapsed() < DRAIN * 3, "all had left long ago");
}

#[tokio::test]
async fn whoever_has_been_here_for_long_is_sent_on_and_not_all_at_once() {
    let age = Duration::from_secs(3);
    let mut scene = Scene::with_hubs(0).await;
    scene.add_hub_with(|config| config.connection_age = age).await;
    scene.add_hub_with(|config| config.connection_age = Duration::ZERO).await;
    let order = scene.placed().await;
    let channel = format!("order:{order}");
    let mina = token("customer", "mina", 600);
    let url = format!("http://{}/events?channel={channel}", scene.hub(0));
    let stream = http().get(url).bearer_auth(&mina).send().await.expect("it answers");
    let mut lines = join_all((0..12).map(|_| Line::connect(scene.hub(0), &mina))).await;
    let mut for_ever = scene.customer(1).await;
    let reply = lines[0].ask("subscribe", json!({"channel": channel})).await;
    let place = reply["subscribe"].clone();

    let started = Instant::now();
    let goodbyes = join_all(lines.iter_mut().map(async |line| {
        let code = line.closed().await;
        (code, started.elapsed())
    }));
    let (goodbyes, ended) = tokio::join!(goodbyes, stream.bytes());
    ended.expect("it ends as it should");
    assert!(goodbyes.iter().all(|(code, _)| *code == 3_011), "{goodbyes:?}");
    let first = goodbyes.iter().map(|it| it.1).min().expect("there were some");
    let last = goodbyes.iter().map(|it| it.1).max().expect("there were some");
    assert!(last - first > age / 20, "{goodbyes:?}");

    scene.cooks(order, 0).await;
    let back = json!({"channel": channel, "recover": true,
        "epoch": place["epoch"], "offset": place["offset"]});
    let reply = for_ever.ask("subscribe", back).await["subscribe"].clone();
    assert_eq!(
        (&reply["recovered"], &reply["publications"][0]["data"]["event"]),
        (&true.into(), &"OrderAccepted".into())
    );
}

/// Redis takes as long as it takes, however short the drain is.
#[tokio::test]
async fn whoever_was_let_in_is_answered_also_after_the_drain() {
    let mut scene = Scene::with_hubs(0).await;
    let drain = Duration::from_millis(100);
    scene.add_hub_with(|config| config.drain = drain).await;
    let order = scene.placed().await;
    let url = format!("http://{}/orders/{order}", scene.hub(0));
    let mina = token("customer", "mina", 600);
    scene.silences_redis(12 * drain).await;
    let asked = tokio::spawn(http().get(url).bearer_auth(&mina).send());
    // A busy machine takes a while to let it in.
    sleep(6 * drain).await;
    soon("the hub stops", scene.hubs.remove(0).stop()).await;
    let answer = asked.await.expect("it was asked").expect("it is answered");
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn whoever_comes_in_at_the_last_moment_may_still_ask() {
    let mut scene = Scene::with_hubs(0).await;
    scene.add_hub_with(|config| config.drain = Duration::ZERO).await;
    let mut stream = TcpStream::connect(scene.hub(0)).await.expect("it takes connections");
    let stopping = tokio::spawn(scene.hubs.remove(0).stop());
    // It has nobody else to wait for.
    sleep(Duration::from_millis(50)).await;
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: hub\r\n\r\n").await.expect("it listens");
    let mut answer = String::new();
    let read = soon("an answer, and the end", stream.read_to_string(&mut answer)).await;
    assert!(read.is_ok() && answer.starts_with("HTTP/1.1 "), "{answer:?}");
    soon("the hub stops", stopping).await.expect("nobody panics");
}

#[tokio::test]
async fn the_next_hub_can_have_the_addresses_of_one_that_has_stopped() {
    let mut scene = Scene::with_hubs(1).await;
    let stopping = scene.hubs.remove(0);
    let addresses = [stopping.local_addr(), stopping.admin_addr()];
    stopping.stop().await;
    // At once, before anything else has its turn.
    for address in addresses {
        let taken = std::net::TcpListener::bind(address);
        assert!(taken.is_ok(), "{address} is still taken: {taken:?}");
    }
}

const CUSTOMERS: usize = 8;
const ORDERS: usize = 10;

/// Somebody who orders again and again, at the first hub that takes it.
struct Customer {
    client: Client,
    token: String,
    hubs: [SocketAddr; 2],
    /// How often the first one could not be reached, and how often it hung up without an answer.
    refused: usize,
    broken: usize,
}

impl Customer {
    fn new(id: &str, hubs: [SocketAddr; 2]) -> Customer {
        let token = token("customer", id, 600);
        Customer { client: http(), token, hubs, refused: 0, broken: 0 }
    }

    /// Orders under `key`; the id of the order once it is acknowledged.
    async fn orders(&mut self, key: &str) -> String {
        let mut basket = basket("tok_ok");
        basket["items"][0]["options"] = json!([]);
        for hub in self.hubs {
            let url = format!("http://{hub}/orders");
            let request = self.client.post(url).bearer_auth(&self.token);
            match request.header("idempotency-key", key).json(&basket).send().await {
                Ok(response) => {
                    let status = response.status();
                    let order: Value = response.json().await.expect("a whole answer");
                    assert!(status == 201 || status == 202, "{status}: {order}");
                    return order["id"].as_str().expect("an order has an id").to_owned();
                }
                Err(error) if error.is_connect() => self.refused += 1,
                Err(_) => self.broken += 1,
            }
        }
        panic!("nobody takes the order");
    }

    /// Everything that was ever ordered, as the second hub knows it.
    async fn has_ordered(&self) -> Vec<String> {
        let url = format!("http://{}/orders?limit=100", self.hubs[1]);
        let response = self.client.get(url).bearer_auth(&self.token).send().await;
        let page: Value = response.expect("it answers").json().await.expect("a page");
        let orders = page["orders"].as_array().expect("orders").iter();
        orders.map(|order| order["id"].as_str().expect("an id").to_owned()).collect()
    }
}

async fn with_workers() -> (Scene, workers::Running) {
    let scene = Scene::with_hubs(0).await;
    let config = workers::Config::new(PrivateRedis::url(&scene.redis), PARTITIONS);
    let workers = workers::start(config).await.expect("Redis is there");
    (scene, workers)
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_hub_leaves_orders_go_on_and_whatever_is_under_way_is_answered() {
    let (scene, workers) = with_workers().await;
    let drain = ("DRAIN_SECONDS", "8");
    let mut first = Process::start(scene.redis.url(), &[drain]).await;
    let second = Process::start(scene.redis.url(), &[]).await;
    let hubs = [first.address, second.address];
    let mina = token("customer", "mina", 600);

    // Somebody waits for news in every way that there is.
    let order = scene.placed().await;
    let mut lines = join_all((0..12).map(|_| Line::connect(first.address, &mina))).await;
    let url = format!("http://{}/events?channel=order:{order}", first.address);
    let stream = http().get(url).bearer_auth(&mina).send().await.expect("it answers");
    let url = format!("http://{}/orders/{order}", first.address);
    let etag = http().get(&url).bearer_auth(&mina).send().await.expect("it answers");
    let etag = etag.headers()["etag"].clone();
    let held = http().get(format!("{url}?waitSeconds=60")).bearer_auth(&mina);
    let held = tokio::spawn(held.header("if-none-match", etag).send());

    let ordering = join_all((0..CUSTOMERS).map(async |number| {
        let mut customer = Customer::new(&format!("c-{number}"), hubs);
        let mut acknowledged = Vec::new();
        for order in 0..ORDERS {
            acknowledged.push(customer.orders(&format!("k-{order}")).await);
            sleep(DRAIN / 4).await;
        }
        (customer, acknowledged)
    }));
    let leaving = async {
        sleep(Duration::from_millis(700)).await;
        // Its payment takes longer than anybody waits for it.
        let mut slow = basket("tok_slow");
        slow["items"][0]["options"] = json!([]);
        slow["idempotencyKey"] = json!("k-slow");
        let calls = join_all(lines.iter_mut().take(3).enumerate().map(async |(number, line)| {
            let mut slow = slow.clone();
            slow["idempotencyKey"] = json!(format!("k-slow-{number}"));
            line.send("rpc", json!({"method": "orders.place", "data": slow})).await
        }));
        let calls = calls.await;
        first.asks_to_stop().await;
        for (line, id) in lines.iter_mut().zip(calls) {
            let reply = line.reply(id).await;
            assert_eq!(reply["rpc"]["data"]["state"], "PAYMENT_PENDING", "{reply}");
        }
        join_all(lines.iter_mut().map(Line::closed)).await
    };
    let ((customers, closes), ended) = tokio::join!(
        async { tokio::join!(ordering, leaving) },
        soon("the end of a stream", stream.bytes())
    );
    assert!(closes.iter().all(|code| *code == 3_001), "{closes:?}");
    // The last chunk says that it is the last: a client that knows events comes back by itself.
    ended.expect("it ends as it should");
    let held = held.await.expect("it was asked").expect("it is answered");
    assert_eq!(held.status(), StatusCode::NOT_MODIFIED);
    assert!(first.ends().await.success());

    let refused: usize = customers.iter().map(|(customer, _)| customer.refused).sum();
    assert!(refused > 0, "it left while people were ordering");
    for (customer, mut acknowledged) in customers {
        assert_eq!(customer.broken, 0, "whoever was let in was answered");
        let mut known = customer.has_ordered().await;
        known.sort();
        acknowledged.sort();
        assert_eq!(known, acknowledged, "all are there, and none twice");
    }
    workers.stop().await;
}
