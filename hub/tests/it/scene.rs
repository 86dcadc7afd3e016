//! A store, a customer and a rider on a Redis and hubs of their own, for the tests of the socket.
//! Orders advance by commands to the streams themselves, so that a test decides every step.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::{
    Address, Basket, BasketItem, Command, MenuItem, Order, OrderId, PaymentMethod, Point, RiderId,
    Rules, Sighting, Store, StoreId, Timestamp, Trace,
};
use hub::{Config, Server};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};
use streams::{ExecuteError, Placement, PrivateRedis, Streams};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::line::Line;
use crate::process::Process;
use crate::world::{eventually, soon, until_ready};

/// With which all tokens of these tests are signed.
pub(crate) const SECRET: &str = "a secret that is only good for tests";
pub(crate) const PARTITIONS: u16 = 4;
/// Where the store is.
pub(crate) const SHOP: Point = Point { lat: 37.5540, lng: 126.9101 };
/// Where the customer is.
pub(crate) const HOME: Point = Point { lat: 37.5561, lng: 126.9150 };

/// A rider there, freshly seen however long the test takes.
pub(crate) fn seen(point: Point) -> Sighting {
    Sighting { point, at: Timestamp(u64::MAX) }
}

/// A stage and what is on it.
pub(crate) struct Scene {
    pub(crate) streams: Streams,
    pub(crate) hubs: Vec<Server>,
    pub(crate) redis: PrivateRedis,
    /// Where hubs are told that Redis is.
    url: String,
}

impl Scene {
    /// A store, and as many hubs as are asked for.
    pub(crate) async fn with_hubs(count: usize) -> Scene {
        let redis = PrivateRedis::start(None).await.expect("redis-server is installed");
        let url = redis.url().to_owned();
        Scene::at(redis, url, count).await
    }

    /// As [`Scene::with_hubs`], where nobody's position grows old while a busy machine takes its
    /// time.
    pub(crate) async fn with_patient_hubs(count: usize) -> Scene {
        let mut scene = Scene::with_hubs(0).await;
        for _ in 0..count {
            let patient = |config: &mut Config| {
                config.durations.rider_stale = Duration::from_secs(3_600);
                config.durations.rider_silent = Duration::from_secs(7_200);
            };
            scene.add_hub_with(patient).await;
        }
        scene
    }

    /// As [`Scene::with_hubs`], but Redis is known by another address than its own.
    pub(crate) async fn at(redis: PrivateRedis, url: String, count: usize) -> Scene {
        let streams = Streams::open(&url, PARTITIONS).await.expect("Redis answers");
        streams.put_store(&store()).await.expect("a store can be kept");
        let mut scene = Scene { streams, hubs: Vec::new(), redis, url };
        for _ in 0..count {
            scene.add_hub().await;
        }
        scene
    }

    /// Starts one more hub.
    pub(crate) async fn add_hub(&mut self) {
        self.add_hub_with(|_| ()).await;
    }

    /// Starts one more hub, with some settings of its own.
    pub(crate) async fn add_hub_with(&mut self, change: impl FnOnce(&mut Config)) {
        let server = self.start_hub_with(change).await;
        until_ready(server.admin_addr()).await;
        self.hubs.push(server);
    }

    /// Starts a hub and waits for nothing.
    pub(crate) async fn start_hub_with(&self, change: impl FnOnce(&mut Config)) -> Server {
        let mut config = Config::new(&self.url, PARTITIONS, SECRET);
        change(&mut config);
        Server::start(config, axum::Router::new()).await.expect("a hub starts")
    }

    /// Starts a hub that is a process, with some settings of its own.
    pub(crate) async fn hub_process(&self, settings: &[(&str, &str)]) -> Process {
        Process::start(&self.url, settings).await
    }

    /// Starts workers who do everything.
    pub(crate) async fn start_workers(&self) -> workers::Running {
        let config = workers::Config::new(self.redis.url(), PARTITIONS);
        workers::start(config).await.expect("Redis is there")
    }

    /// The address of a hub.
    pub(crate) fn hub(&self, index: usize) -> SocketAddr {
        self.hubs[index].local_addr()
    }

    pub(crate) async fn customer(&self, hub: usize) -> Line {
        Line::connect(self.hub(hub), &token("customer", "mina", 600)).await
    }

    pub(crate) async fn kitchen(&self, hub: usize) -> Line {
        Line::connect(self.hub(hub), &token("store", "cook", 600)).await
    }

    pub(crate) async fn rider(&self, hub: usize, id: &str) -> Line {
        Line::connect(self.hub(hub), &token("rider", id, 600)).await
    }

    /// Another store, somewhere else.
    pub(crate) async fn opens_store(&self, id: &str, position: Point) {
        let store = Store { id: parsed(id), position, ..store() };
        self.streams.put_store(&store).await.expect("a store can be kept");
    }

    /// An order that is paid and the store's turn.
    pub(crate) async fn placed(&self) -> OrderId {
        self.placed_at("s-1", HOME).await
    }

    /// The same, at this store and to this place.
    pub(crate) async fn placed_at(&self, store: &str, position: Point) -> OrderId {
        let basket = Basket {
            items: vec![BasketItem { menu_id: "m-1".to_owned(), quantity: 2, options: vec![] }],
            address: Address { text: "망원동 12길 3, 402호".to_owned(), position },
            note: "문 앞에 두고 벨 눌러주세요".to_owned(),
            payment: PaymentMethod { method: "card".to_owned(), token: "tok_ok".to_owned() },
        };
        let placement = Placement {
            customer: parsed("mina"),
            key: Uuid::new_v4().to_string(),
            body_hash: "0".to_owned(),
            store: parsed(store),
            basket,
        };
        let (order, _) =
            self.streams.place(placement, &Rules::default()).await.expect("a good basket");
        self.does(order.id, Command::ConfirmPayment { approval: "a-1".to_owned() }).await;
        order.id
    }

    /// Gives a command, which must have its way.
    pub(crate) async fn does(&self, id: OrderId, command: Command) -> Order {
        let trace = Trace::of(domain::CommandId(Uuid::new_v4()));
        // Redis may be slow to answer; what is given twice happens once.
        eventually("it is known", async || {
            match self.streams.execute(id, trace, &command, &Rules::default()).await {
                Err(ExecuteError::Redis(_)) => None,
                outcome => Some(outcome.expect("allowed")),
            }
        })
        .await
    }

    /// The order is on its way to being cooked, step by step: 0 accepts, 1 starts, 2 finishes.
    pub(crate) async fn cooks(&self, id: OrderId, step: usize) -> Order {
        self.cooks_at("s-1", id, step).await
    }

    /// The same, at this store.
    pub(crate) async fn cooks_at(&self, store: &str, id: OrderId, step: usize) -> Order {
        let by = || parsed(store);
        let command = match step {
            0 => Command::Accept { by: by(), cook_minutes: 15 },
            1 => Command::StartCook { by: by() },
            _ => Command::FinishCook { by: by() },
        };
        self.does(id, command).await
    }

    /// So much happens beside the orders that a hub forgets what was before.
    pub(crate) async fn floods_the_feed(&self) {
        self.floods(store()).await;
    }

    /// So much happens in the feed of a store, but not to it, that a hub forgets what was before.
    pub(crate) async fn floods_beside(&self, id: &StoreId) {
        let partition = self.streams.partition_of_store(id);
        let ids = (1..).map(|n| parsed(&format!("beside-{n}")));
        let neighbour = ids.into_iter().find(|it| self.streams.partition_of_store(it) == partition);
        let neighbour = neighbour.expect("numbers do not end");
        self.floods(Store { id: neighbour, ..store() }).await;
    }

    async fn floods(&self, mut store: Store) {
        // Each entry as large as a menu may be: the memory is bounded in bytes.
        store.menu[0].name = "떡볶이".repeat(2_000);
        for _ in 0..600 {
            self.streams.put_store(&store).await.expect("a store can be kept");
        }
    }

    /// Redis ends and starts again, with everything it had.
    pub(crate) async fn restarts_redis(&mut self) {
        self.redis.restart(false).await;
        self.redis_is_back().await;
    }

    /// Waits until Redis answers.
    pub(crate) async fn redis_is_back(&self) {
        eventually("Redis is back", async || self.streams.ping().await.ok()).await;
    }

    /// Redis ends for good.
    pub(crate) async fn stops_redis(self) -> Vec<Server> {
        self.redis.stop().await;
        self.hubs
    }

    /// A failover at its worst: all is gone, and only the store is described again.
    pub(crate) async fn loses_everything(&self) {
        self.tells_redis("FLUSHALL").await;
        self.streams.put_store(&store()).await.expect("a store can be kept");
    }

    /// For this long Redis answers nobody.
    pub(crate) async fn silences_redis(&self, span: Duration) {
        self.tells_redis(&format!("CLIENT PAUSE {} ALL", span.as_millis())).await;
    }

    /// Redis takes such commands, or does not; scripts may do as ever.
    pub(crate) async fn allows_in_redis(&self, command: &str, is_allowed: bool) {
        let sign = if is_allowed { '+' } else { '-' };
        self.tells_redis(&format!("ACL SETUSER default {sign}{command}")).await;
    }

    async fn tells_redis(&self, command: &str) {
        let address = self.redis.url().trim_start_matches("redis://").trim_end_matches('/');
        let mut redis = TcpStream::connect(address).await.expect("Redis listens");
        let line = format!("{command}\r\n");
        redis.write_all(line.as_bytes()).await.expect("Redis listens");
        let mut answer = [0; 5];
        soon("Redis answers", redis.read_exact(&mut answer)).await.expect("it is there");
        assert_eq!(&answer, b"+OK\r\n");
    }

    /// A rider is at the store, online.
    pub(crate) async fn goes_online(&self, id: &str) -> RiderId {
        let rider: RiderId = parsed(id);
        self.streams.set_online(&rider, true).await.expect("Redis answers");
        let here = streams::Fix { point: SHOP, heading: None, at: now() };
        self.streams.report_location(&rider, here).await.expect("Redis answers");
        rider
    }
}

/// A token of our own making.
pub(crate) fn token(role: &str, sub: &str, seconds: i64) -> String {
    let exp = now().0 as i64 / 1_000 + seconds;
    let mut claims: Value = json!({"sub": sub, "role": role, "exp": exp});
    if role == "store" {
        claims["storeId"] = "s-1".into();
    }
    encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.as_bytes()))
        .expect("claims are JSON")
}

pub(crate) fn now() -> domain::Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    domain::Timestamp(since.as_millis() as u64)
}

fn store() -> Store {
    Store {
        id: parsed("s-1"),
        name: "달빛분식".to_owned(),
        position: SHOP,
        open: true,
        paused: false,
        paused_by: None,
        delivery_radius_meters: 3_000,
        min_total_won: 0,
        open_orders_max: 100,
        default_cook_minutes: 15,
        auto_accept: false,
        menu: vec![MenuItem {
            id: "m-1".to_owned(),
            name: "국물떡볶이".to_owned(),
            price_won: 9_000,
            sold_out: false,
            options: vec![],
        }],
    }
}

/// An id, from text that is one.
pub(crate) fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("this is an id")
}
