//! Who acts in the tests, and the Redis they act on.

use std::time::Duration;

use domain::{
    Address, Basket, BasketItem, Command, CommandId, CustomerId, MenuItem, Order, OrderId,
    PaymentMethod, Point, RiderId, Rules, Sighting, Store, StoreId, Timestamp, Trace,
};
use streams::{ExecuteError, PlaceError, Placement, PrivateRedis, Streams};
use tokio::time::{sleep, timeout};

pub const PARTITIONS: u16 = 4;
pub const AT_STORE: Point = Point { lat: 37.5540, lng: 126.9101 };
/// A rider there, freshly seen however long a test takes.
const HERE: Sighting = Sighting { point: AT_STORE, at: Timestamp(u64::MAX) };
pub const AT_DOOR: Point = Point { lat: 37.5551, lng: 126.9020 };

/// How long anything may take to come true.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A Redis of its own with one store in it.
pub struct World {
    pub redis: PrivateRedis,
    pub streams: Streams,
    pub rules: Rules,
}

impl World {
    pub async fn new() -> World {
        let redis = PrivateRedis::start(None).await.expect("a redis-server");
        let streams = Streams::open(redis.url(), PARTITIONS).await.expect("a fresh Redis");
        streams.put_store(&store(kitchen())).await.expect("a fine store");
        World { redis, streams, rules: Rules::default() }
    }

    /// Mina orders at the kitchen.
    pub async fn mina_orders(&self, key: &str) -> Order {
        let (order, is_new) = self.place(placement(key)).await.expect("a fine basket");
        assert!(is_new);
        order
    }

    pub async fn place(&self, placement: Placement) -> Result<(Order, bool), PlaceError> {
        self.streams.place(placement, &self.rules).await
    }

    /// Somebody gives a command once.
    pub async fn give(&self, id: OrderId, command: Command) -> Result<Order, ExecuteError> {
        self.streams.execute(id, Trace::of(fresh()), &command, &self.rules).await
    }

    /// Everybody does their part, in order, and each changes something.
    pub async fn happen(&self, id: OrderId, commands: impl IntoIterator<Item = Command>) -> Order {
        let mut order = self.streams.load(id).await.unwrap().unwrap().order;
        for command in commands {
            let trace = Trace::of(fresh());
            // Redis may be slow to answer; what is given twice happens once.
            let after = eventually("it is known", async || {
                match self.streams.execute(id, trace, &command, &self.rules).await {
                    Err(ExecuteError::Redis(_)) => None,
                    outcome => Some(outcome.expect("nothing is in the way")),
                }
            })
            .await;
            assert!(after.version > order.version, "{command:?} changed nothing");
            order = after;
        }
        order
    }

    /// Talks to Redis behind everybody's back.
    pub async fn raw<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        ask(self.redis.url(), words).await
    }
}

/// Talks to a Redis.
pub async fn ask<T: redis::FromRedisValue>(url: &str, words: &[&str]) -> T {
    let client = redis::Client::open(url).unwrap();
    let config = redis::AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE));
    let connecting = client.get_multiplexed_async_connection_with_config(&config);
    let mut connection = connecting.await.unwrap();
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command.query_async(&mut connection).await.unwrap()
}

/// Looks until there is something, for a while.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    soon(what, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await
}

/// Waits for what comes by itself, but not for ever.
pub async fn soon<T>(what: &str, coming: impl Future<Output = T>) -> T {
    timeout(PATIENCE, coming).await.unwrap_or_else(|_| panic!("never: {what}"))
}

pub fn id<T: std::str::FromStr<Err = domain::InvalidId>>(text: &str) -> T {
    text.parse().expect("a harmless id")
}

pub fn fresh() -> CommandId {
    CommandId(uuid::Uuid::new_v4())
}

pub fn mina() -> CustomerId {
    id("c-mina")
}

pub fn kitchen() -> StoreId {
    id("s-moonlight")
}

pub fn haneul() -> RiderId {
    id("r-haneul")
}

pub fn store(id: StoreId) -> Store {
    Store {
        id,
        name: "달빛분식".into(),
        position: AT_STORE,
        open: true,
        paused: false,
        paused_by: None,
        delivery_radius_meters: 3_000,
        min_total_won: 5_000,
        open_orders_max: 50,
        default_cook_minutes: 15,
        auto_accept: false,
        menu: vec![MenuItem {
            id: "m-1".into(),
            name: "국물떡볶이".into(),
            price_won: 9_000,
            sold_out: false,
            options: vec![],
        }],
    }
}

pub fn placement(key: &str) -> Placement {
    let line = BasketItem { menu_id: "m-1".into(), quantity: 2, options: vec![] };
    Placement {
        customer: mina(),
        key: key.into(),
        body_hash: "a-hash".into(),
        store: kitchen(),
        basket: Basket {
            items: vec![line],
            address: Address { text: "망원동 12길 3".into(), position: AT_DOOR },
            note: String::new(),
            payment: PaymentMethod { method: "card".into(), token: "tok_ok".into() },
        },
    }
}

pub fn approve() -> Command {
    Command::ConfirmPayment { approval: "payment-1".into() }
}

pub fn accept() -> Command {
    Command::Accept { by: kitchen(), cook_minutes: 15 }
}

pub fn start_cook() -> Command {
    Command::StartCook { by: kitchen() }
}

pub fn finish_cook() -> Command {
    Command::FinishCook { by: kitchen() }
}

pub fn claim(by: RiderId) -> Command {
    Command::Claim { by, from: HERE }
}

pub fn pick() -> Command {
    Command::Pick { by: haneul(), from: Some(HERE) }
}

pub fn cancel() -> Command {
    Command::Cancel { by: mina() }
}

/// Everything that has to happen for Mina to eat.
pub fn happy_path() -> Vec<Command> {
    vec![
        approve(),
        Command::ReceiveTicket { by: kitchen() },
        accept(),
        start_cook(),
        finish_cook(),
        claim(haneul()),
        pick(),
        Command::Confirm { by: haneul() },
    ]
}
