//! A small world: a hub, workers and a Redis of its own; a cast that acts through the hub alone.

mod cast;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use domain::{OrderId, PaymentState, react};
use hub::{Config, Server};
use reqwest::Client;
use serde_json::{Value, json};
use streams::{Durations, PrivateRedis, RedisSettings, Streams};
use tokio::time::{Instant, sleep, timeout};
use workers::Running;

pub(crate) use cast::{Answer, Person, answer};

/// How long anything may take, on a machine that is busy with other things.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Shorter than it takes until somebody asks what became of a payment.
const PAYMENT_ANSWER: Duration = Duration::from_secs(20);
pub(crate) const PARTITIONS: u16 = 4;
pub(crate) const SECRET: &str = "a secret that only these tests know of";

/// Everybody, and the hub they talk to; on one Redis, or whatever `R` is.
pub(crate) struct World<R = PrivateRedis> {
    pub(crate) hub: Server,
    pub(crate) redis: R,
    pub(crate) streams: Streams,
    pub(crate) workers: Option<Running>,
    pub(crate) mina: Person,
    pub(crate) kitchen: Person,
    pub(crate) rider: Person,
    pub(crate) operator: Person,
}

impl World {
    /// With the usual settings.
    pub(crate) async fn new() -> World {
        World::with(|_| ()).await
    }

    /// With settings that `change` has changed; the workers have the same durations.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> World {
        let redis = PrivateRedis::start(None).await.expect("these tests need redis-server");
        let url = redis.url().to_owned();
        World::at(redis, &url, change).await
    }

    /// Without anybody who takes the money.
    pub(crate) async fn without_workers(change: impl FnOnce(&mut Config)) -> World {
        let redis = PrivateRedis::start(None).await.expect("these tests need redis-server");
        let url = redis.url().to_owned();
        World::without_workers_at(redis, &url, change).await
    }
}

impl<R> World<R> {
    /// As [`World::with`], on a Redis of another kind.
    pub(crate) async fn at(redis: R, url: &str, change: impl FnOnce(&mut Config)) -> World<R> {
        let (mut durations, mut settings) = (Durations::default(), RedisSettings::default());
        let mut world = World::without_workers_at(redis, url, |config| {
            change(config);
            durations = config.durations.clone();
            settings = config.redis.clone();
        })
        .await;
        let mut config = workers::Config::new(url, PARTITIONS);
        (config.durations, config.redis) = (durations, settings);
        world.workers = Some(workers::start(config).await.expect("Redis is there"));
        world
    }

    async fn without_workers_at(redis: R, url: &str, change: impl FnOnce(&mut Config)) -> World<R> {
        let streams = Streams::open(url, PARTITIONS).await.expect("the Redis just started");
        let mut config = Config::new(url, PARTITIONS, SECRET);
        // Whoever pays is told how it went, however long a busy machine takes.
        config.durations.payment_answer = PAYMENT_ANSWER;
        change(&mut config);
        let hub = start_hub(config).await;
        let person = |role, id| Person::sign_in(&hub, role, id);
        let world = World {
            mina: person("customer", "c-mina").await,
            kitchen: person("store", "s-1").await,
            rider: person("rider", "r-jun").await,
            operator: person("operator", "o-1").await,
            hub,
            redis,
            streams,
            workers: None,
        };
        world.kitchen.put("/stores/s-1", store("s-1")).await.is(200);
        world
    }

    /// Somebody else.
    pub(crate) async fn person(&self, role: &str, id: &str) -> Person {
        Person::sign_in(&self.hub, role, id).await
    }

    /// A rider at the store, ready to work.
    pub(crate) async fn rider_at_the_store(&self, id: &str) -> Person {
        let rider = self.person("rider", id).await;
        rider.goes_to(37.5541, 126.9102).await;
        rider
    }

    /// An order of Mina's that waits for a rider.
    pub(crate) async fn cooked_order(&self, key: &str) -> String {
        let id = self.mina.orders(key).await;
        self.is_cooked(&id).await;
        id
    }

    /// The kitchen does its part.
    pub(crate) async fn is_cooked(&self, id: &str) {
        for step in ["accept", "startCook", "finishCook"] {
            self.kitchen.put(&format!("/storeOrders/{id}/{step}"), json!({})).await.is(200);
        }
    }

    /// Lets the workers finish, and checks that nobody is owed anything.
    pub(crate) async fn ends(mut self) {
        let deadline = Instant::now() + PATIENCE;
        let all = async || {
            let page = self.streams.orders_of_everybody(None, None, 1_000).await;
            page.expect("Redis is there").orders
        };
        while all().await.iter().any(|order| react(order).is_some()) {
            assert!(Instant::now() < deadline, "something is still owed");
            sleep(LOOK_EVERY).await;
        }
        for order in all().await {
            let row = self.streams.ledger(order.id).await.expect("Redis is there");
            let expected = match order.payment.state {
                PaymentState::Approved => (1, 0),
                PaymentState::Refunded => (1, 1),
                _ => (row.charges, row.refunds),
            };
            assert_eq!((row.charges, row.refunds), expected, "{order:?}");
        }
        if let Some(workers) = self.workers.take() {
            workers.stop().await;
        }
        self.hub.stop().await;
    }
}

/// Starts a hub and waits until it is ready.
pub(crate) async fn start_hub(config: Config) -> Server {
    let hub = Server::start(config, Router::new()).await.expect("fine settings");
    until_ready(hub.admin_addr()).await;
    hub
}

/// Waits until a hub, known by where its operators ask, wants to be sent somebody.
pub(crate) async fn until_ready(admin: SocketAddr) {
    let (http, url) = (http(), format!("http://{admin}/readyz"));
    eventually("the hub is ready", async || {
        let answer = http.get(&url).send().await.ok()?;
        answer.status().is_success().then_some(())
    })
    .await;
}

/// Asks over HTTP. Whoever is not answered, or hears nothing more, is told so.
pub(crate) fn http() -> Client {
    // Longer than what may be held back on purpose, and than two pings are apart.
    let client = Client::builder().read_timeout(PATIENCE * 2);
    client.build().expect("nothing special is asked for")
}

/// Waits for what comes by itself, but not for ever.
pub(crate) async fn soon<T>(what: &str, coming: impl Future<Output = T>) -> T {
    timeout(PATIENCE, coming).await.unwrap_or_else(|_| panic!("never: {what}"))
}

/// Waits until there is something, looking again and again.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    soon(what, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            sleep(LOOK_EVERY).await;
        }
    })
    .await
}

/// A store as its owner describes it.
pub(crate) fn store(id: &str) -> Value {
    json!({
        "id": id, "name": "달빛분식", "lat": 37.5540, "lng": 126.9101, "open": true,
        "paused": false, "deliveryRadiusMeters": 3000, "minTotalWon": 0, "openOrdersMax": 50,
        "defaultCookMinutes": 15, "autoAccept": false,
        "menu": [
            {"id": "m-1", "name": "국물떡볶이", "priceWon": 9000, "soldOut": false,
             "options": ["보통맛", "매운맛"]},
            {"id": "m-2", "name": "김밥", "priceWon": 4000, "soldOut": true, "options": []},
        ],
    })
}

/// What Mina usually has, paid with `token`.
pub(crate) fn basket(token: &str) -> Value {
    json!({
        "storeId": "s-1",
        "items": [{"menuId": "m-1", "quantity": 2, "options": ["보통맛"]}],
        "address": {"text": "망원동 12길 3, 402호", "lat": 37.5551, "lng": 126.9020},
        "note": "문 앞에 두고 벨 눌러주세요",
        "payment": {"method": "card", "token": token},
    })
}

/// The id of an order that was answered.
pub(crate) fn id(order: &Value) -> String {
    let id = order["id"].as_str().expect("an order has an id");
    id.parse::<OrderId>().expect("ids are canonical").to_string()
}
