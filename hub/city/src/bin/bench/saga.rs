//! Whole orders, from the wish to the door: every step a request, every change a push, the money in
//! the hands of real workers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use city::client::{Badge, Client};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use crate::Scale;
use crate::crowd::{Crowd, Ear};
use crate::figures::{Table, Times, count, median};
use crate::orders;
use crate::place::{Place, Spot};

/// People of each kind: a customer, a store and a rider work on one order at a time.
const HANDS: usize = 96;
/// Orders of each.
const ORDERS_EACH: usize = 30;
/// Requests that one order takes.
const STEPS: usize = 7;
/// A request that is answered that somebody else was first, or that it is not yet time.
const TRIES_MAX: usize = 200;
const PAUSE: Duration = Duration::from_millis(5);

/// As many whole orders as can be.
pub(crate) async fn saga(scale: Scale) -> anyhow::Result<Table> {
    let mut table = Table::new("Whole orders");
    let mut place = Place::begin().await?;
    let stores = orders::open_stores(&place.streams, HANDS).await?;
    place.open_hub().await?;
    place.hire_workers()?;
    let pushes = Arc::new(AtomicUsize::new(0));
    let _crowd = watch(&place, &pushes).await?;
    let mut hands = Vec::with_capacity(HANDS);
    for (number, spot) in stores.into_iter().enumerate() {
        hands.push(Arc::new(Hand::new(&place, number, spot).await?));
    }
    let (mut rates, mut burdens, mut redis, mut heard) = (vec![], vec![], vec![], vec![]);
    let mut times = Times::default();
    for _ in 0..scale.runs {
        let told = pushes.load(Ordering::Relaxed);
        let before = (place.hub_seconds()?, place.redis_seconds().await?);
        let started = Instant::now();
        times = work(&hands, scale.of(ORDERS_EACH)).await?;
        let orders = times.len() as f64;
        rates.push(orders / started.elapsed().as_secs_f64());
        burdens.push((place.hub_seconds()? - before.0) * 1e6 / orders);
        redis.push((place.redis_seconds().await? - before.1) * 1e6 / orders);
        sleep(Duration::from_secs(1)).await;
        heard.push((pushes.load(Ordering::Relaxed) - told) as f64 / orders);
    }
    let ping = place.redis_benchmark(1, scale.of(100_000), &["PING"]).await?;
    let rate = median(rates);
    table.row(
        format!("from the wish to the door, {STEPS} requests each, {HANDS} at once"),
        format!(
            "{} a second ({} requests); each {}; {:.0} µs of the hub, {:.0} of Redis",
            count(rate),
            count(rate * STEPS as f64),
            times.summary(),
            median(burdens),
            median(redis)
        ),
        format!("{} PING a second, not pipelined", count(ping.per_second)),
        format!("{:.3}", rate / ping.per_second),
    );
    table.row(
        "pushes of one order to its customer, its store and its rider".to_owned(),
        format!("{:.1}", median(heard)),
        String::new(),
        String::new(),
    );
    Ok(table)
}

/// Everybody has their app open.
async fn watch(place: &Place, pushes: &Arc<AtomicUsize>) -> anyhow::Result<Vec<Crowd>> {
    let mut crowds = Vec::new();
    for (role, letter) in [("customer", 'c'), ("store", 's'), ("rider", 'r')] {
        let names: Vec<_> = (0..HANDS).map(|number| format!("{letter}-{number}")).collect();
        let tokens = place.tokens(role, &names).await?;
        let pushes = pushes.clone();
        let ear: Ear = Arc::new(move |_, line, _| {
            pushes.fetch_add(usize::from(line.starts_with(r#"{"push""#)), Ordering::Relaxed);
        });
        let own = |number: usize| (format!("{role}:{}", names[number]), Value::Null);
        crowds.push(Crowd::gather(place.hub(), &tokens, own, ear).await?);
    }
    Ok(crowds)
}

async fn work(hands: &[Arc<Hand>], orders_each: usize) -> anyhow::Result<Times> {
    let work = |hand: Arc<Hand>| async move {
        let work = async move {
            let mut took = Vec::with_capacity(orders_each);
            for _ in 0..orders_each {
                let started = Instant::now();
                hand.see_through().await?;
                took.push(started.elapsed());
            }
            anyhow::Ok(took)
        };
        tokio::spawn(work).await?
    };
    let working = stream::iter(hands.iter().cloned()).map(work).buffer_unordered(HANDS);
    let took: Vec<Vec<Duration>> = working.try_collect().await?;
    let mut times = Times::default();
    took.into_iter().flatten().for_each(|it| times.add(it));
    Ok(times)
}

/// Three people and their phones.
struct Hand {
    store: String,
    spot: Spot,
    customer: Client,
    kitchen: Client,
    rider: Client,
}

#[derive(Deserialize)]
struct Placed {
    id: String,
}

impl Hand {
    async fn new(place: &Place, number: usize, spot: Spot) -> anyhow::Result<Hand> {
        let visitor = Client::new(&format!("http://{}", place.hub()), "");
        let store = format!("s-{number}");
        let sign_in = async |role, sub, store_id| {
            visitor.sign_in(Badge { role, sub, store_id }).await.context("signing in")
        };
        let customer = sign_in("customer", format!("c-{number}"), None).await?;
        let kitchen = sign_in("store", store.clone(), Some(store.clone())).await?;
        let rider = sign_in("rider", format!("r-{number}"), None).await?;
        let _: IgnoredAny = rider.put("/riders/me/online", &json!({})).await?;
        let here = json!({"lat": spot.lat, "lng": spot.lng});
        let _: IgnoredAny = rider.put("/riders/me/location", &here).await?;
        Ok(Hand { store, spot, customer, kitchen, rider })
    }

    /// One order, to its end.
    async fn see_through(&self) -> anyhow::Result<()> {
        let wish = json!({
            "storeId": self.store,
            "items": [{"menuId": "m-1", "quantity": 2, "options": []}],
            "address": {"text": "망원동 12길 3, 402호", "lat": self.spot.lat, "lng": self.spot.lng},
            "note": "",
            "payment": {"method": "card", "token": "tok_ok"},
        });
        let key = Uuid::now_v7().to_string();
        let Placed { id } = self.customer.post_once("/orders", &key, &wish).await?;
        let minutes = json!({"cookMinutes": 15});
        for step in ["accept", "startCook", "finishCook"] {
            put(&self.kitchen, &format!("/storeOrders/{id}/{step}"), &minutes).await?;
        }
        for step in ["claim", "pick", "confirm"] {
            put(&self.rider, &format!("/deliveries/{id}/{step}"), &json!({})).await?;
        }
        Ok(())
    }
}

/// Sends a command, again as long as it comes too early.
async fn put(client: &Client, path: &str, body: &Value) -> anyhow::Result<()> {
    for _ in 1..TRIES_MAX {
        match client.put::<IgnoredAny>(path, body).await {
            Ok(_) => return Ok(()),
            Err(_) => sleep(PAUSE).await,
        }
    }
    client.put::<IgnoredAny>(path, body).await.map(drop).with_context(|| path.to_owned())
}
