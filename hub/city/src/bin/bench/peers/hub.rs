//! The hub. Each message is an entry of a feed, as the product has them: of an order that its
//! customer follows, or of a job that is on offer near riders. Its number stands where apps show
//! the name of the store.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use domain::{Order, OrderId};
use futures_util::{StreamExt, TryStreamExt, stream};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde_json::json;
use streams::{FeedWriter, Retold};

use super::{Contender, Hello, Plan, Server, Step, redis_process};
use crate::frames::{DIGITS, MARK, Tongue, put_digits};
use crate::orders::{self, Made};
use crate::place::{PARTITIONS, Place, Spot};
use crate::press::{Press, Print};

/// Stores of those who follow their own orders.
const STORES: usize = 200;
/// Jobs near riders. All of them are shown to everybody.
const JOBS: usize = 64;
/// Versions of orders that are told again: later than all others, and always as many digits.
const VERSIONS: u64 = 1_000_000_000;
/// As apps speak.
pub(crate) const TONGUE: Tongue = Tongue { ping: b"{}", pong: b"{}", is_text: true };
/// How many orders are read at once.
const AT_ONCE: usize = 32;

pub(super) async fn open(plan: Plan) -> anyhow::Result<Contender> {
    let mut place = Place::begin().await?;
    let (made, spot, event) = match plan.is_one_topic {
        true => {
            let stores = orders::open_stores(&place.streams, 1).await?;
            let jobs = orders::make(&place.streams, &stores, 0..JOBS, true).await?;
            (jobs, stores[0], "CookFinished")
        }
        false => {
            let stores = orders::open_stores(&place.streams, STORES).await?;
            let made = orders::place_all(&place.streams, &stores, 0..plan.sockets).await?;
            (made, stores[0], "OrderAccepted")
        }
    };
    let print = telling(&place, &made, event).await?;
    let redis = redis_process(&place.redis).await?;
    place.open_hub().await?;
    let hello = if plan.is_one_topic {
        riders(&place, plan.sockets, spot).await?
    } else {
        customers(&place, &made).await?
    };
    let to = format!("127.0.0.1:{}", place.redis.port()).parse()?;
    Ok(Contender {
        address: place.hub(),
        tongue: TONGUE,
        hello,
        press: Press::open(to, 1, b"", b"-ERR", print)?,
        server: Server::Hub(Box::new(place)),
        redis: Some(redis),
    })
}

type Greet = Box<dyn Fn(usize) -> Hello + Send + Sync>;

/// Each follows their own order.
async fn customers(place: &Place, made: &[Made]) -> anyhow::Result<Greet> {
    let names: Vec<_> = (0..made.len()).map(|index| format!("c-{index}")).collect();
    let tokens = place.tokens("customer", &names).await?;
    let orders: Vec<OrderId> = made.iter().map(|order| order.id).collect();
    Ok(Box::new(move |index| {
        let wish = json!({"channel": format!("order:{}", orders[index])});
        hello(&tokens[index], &wish)
    }))
}

/// All look around, each from somewhere near the store.
async fn riders(place: &Place, count: usize, spot: Spot) -> anyhow::Result<Greet> {
    let names: Vec<_> = (0..count).map(|index| format!("r-{index}")).collect();
    let tokens = place.tokens("rider", &names).await?;
    place.all_put(&tokens, "/riders/me/online", &json!({})).await?;
    let mut dice = SmallRng::seed_from_u64(4);
    let spots: Vec<Spot> = (0..count).map(|_| spot.nearby(&mut dice)).collect();
    Ok(Box::new(move |index| {
        let Spot { lat, lng } = spots[index];
        hello(&tokens[index], &json!({"channel": "nearby", "data": {"lat": lat, "lng": lng}}))
    }))
}

/// Connects and subscribes.
pub(crate) fn hello(token: &str, wish: &serde_json::Value) -> Hello {
    let connect = json!({"id": 1, "connect": {"token": token}});
    let subscribe = json!({"id": 2, "subscribe": wish});
    Hello {
        path: Some("/connection/websocket".to_owned()),
        steps: vec![
            Step::Say(format!("{connect}\n{subscribe}")),
            Step::Hear(r#""id":2,"subscribe""#.to_owned()),
        ],
    }
}

/// What an entry says of an order.
struct Tale {
    partition: usize,
    retold: Retold,
    body: Vec<u8>,
    number_at: usize,
    version_at: usize,
}

/// Tells of each order in turn.
async fn telling(place: &Place, made: &[Made], event: &'static str) -> anyhow::Result<Print> {
    let read = async |order: &Made| {
        let loaded = place.streams.load(order.id).await?.context("an order is gone")?;
        tale(loaded.order, event)
    };
    let mut tales: Vec<Tale> = stream::iter(made).map(read).buffered(AT_ONCE).try_collect().await?;
    let mut feeds: Vec<FeedWriter> = Vec::new();
    for partition in 0..PARTITIONS {
        feeds.push(place.streams.feed_writer(partition).await?);
    }
    Ok(Box::new(move |out, _, number| {
        let index = number as usize % tales.len();
        let Tale { partition, retold, body, number_at, version_at } = &mut tales[index];
        let version = VERSIONS + u64::from(number);
        put_digits(&mut body[*number_at..*number_at + DIGITS], number.into());
        put_digits(&mut body[*version_at..*version_at + DIGITS], version);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        feeds[*partition].write(out, retold, version, body, now.as_micros() as u64);
    }))
}

fn tale(mut order: Order, event: &'static str) -> anyhow::Result<Tale> {
    order.shop.name = format!("{MARK}{:0DIGITS$}", 0);
    order.version = VERSIONS;
    let body = serde_json::to_vec(&order)?;
    let find = |text: &str| memchr::memmem::find(&body, text.as_bytes()).map(|at| at + text.len());
    let number_at = find(MARK).context("an order without a store")?;
    let version_at = find(r#""version":"#).context("an order without a version")?;
    Ok(Tale {
        partition: usize::from(order.id.partition()),
        retold: Retold::of(&order, event),
        number_at,
        version_at,
        body,
    })
}
