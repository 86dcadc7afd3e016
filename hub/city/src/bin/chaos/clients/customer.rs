//! A customer: orders again and again, taps twice, changes their mind, and is curious.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus as Dice;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Person, SHOP, STORES, events, is_over_after, watcher};
use crate::records::Who;

/// Between two orders, in ms.
const PAUSE_MS: std::ops::Range<u64> = 400..1_800;
/// Between two looks at an order.
const LOOKS_EVERY: Duration = Duration::from_millis(900);
/// What payments are like; most are fine.
const TEMPERS: [&str; 12] =
    ["ok", "ok", "ok", "ok", "ok", "ok", "ok", "declined", "slow", "lost", "fails", "never"];

/// Orders until the first of the two ends. Returns those who follow what was ordered, until the
/// second.
pub(super) async fn order(
    person: Person,
    mut dice: Dice,
    (orders_end, all_end): (CancellationToken, CancellationToken),
) -> JoinSet<()> {
    let mut following = JoinSet::new();
    while !is_over_after(&orders_end, Duration::from_millis(dice.random_range(PAUSE_MS))).await {
        let body = basket(&mut dice);
        let key = format!("key-{:016x}", dice.random::<u64>());
        let taps_twice = dice.random_bool(0.2);
        let tap = async || person.insist("POST", "/orders", &body, Some(&key)).await;
        let answer = match taps_twice {
            true => tokio::join!(tap(), tap()).0,
            false => tap().await,
        };
        let order = answer.yes().and_then(|it| serde_json::from_str::<Value>(it).ok());
        let Some(id) = order.as_ref().and_then(|it| it["id"].as_str()).map(str::to_owned) else {
            continue;
        };
        let channel = format!("order:{id}");
        if dice.random_bool(0.2) {
            let channel = channel.clone();
            following.spawn(events::follow(person.clone(), channel, all_end.clone()));
        }
        following.spawn(watcher::follow(person.clone(), channel, all_end.clone()));
        if dice.random_bool(0.3) {
            let after = Duration::from_millis(dice.random_range(0..2_500));
            following.spawn(change_mind(person.clone(), id.clone(), after, all_end.clone()));
        }
        if dice.random_bool(0.3) {
            following.spawn(look(person.clone(), id.clone(), all_end.clone()));
        }
        if dice.random_bool(0.15) {
            following.spawn(pry(person.clone(), dice.random_range(0..8), all_end.clone()));
        }
    }
    following
}

/// Follows an order as one does whose network lets no news through: by asking.
async fn look(person: Person, id: String, end: CancellationToken) {
    while !is_over_after(&end, LOOKS_EVERY).await {
        let order = person.read(&format!("/orders/{id}")).await;
        let state = order.as_ref().and_then(|it| it["state"].as_str());
        if matches!(state, Some("DELIVERED" | "PAYMENT_FAILED")) {
            return;
        }
    }
}

async fn change_mind(person: Person, id: String, after: Duration, end: CancellationToken) {
    if !is_over_after(&end, after).await {
        person.insist("PUT", &format!("/orders/{id}/cancel"), &Value::Null, None).await;
    }
}

/// Looks at what somebody else has ordered, as far as anybody lets them.
async fn pry(person: Person, whose: usize, end: CancellationToken) {
    let other = Who { role: "customer", id: format!("c-{whose}") };
    let theirs = {
        let book = person.records.book();
        let mut watches = book.watches.iter().rev();
        let found =
            watches.find(|it| it.lasts && it.who == other && it.channel.starts_with("order:"));
        found.map(|it| it.channel.clone())
    };
    if let Some(channel) = theirs.filter(|_| other != person.who) {
        let id = channel.trim_start_matches("order:").to_owned();
        person.ask("GET", &format!("/orders/{id}"), &Value::Null, None).await;
        person.ask("PUT", &format!("/orders/{id}/cancel"), &Value::Null, None).await;
        watcher::pry(&person, &channel, &end).await;
    }
    watcher::pry(&person, "store:s-0", &end).await;
}

/// Each payment is one of its own, by which a second order of one tap is found out.
fn basket(dice: &mut Dice) -> Value {
    let temper = TEMPERS.choose(dice).copied().unwrap_or("ok");
    let payment = format!("pk_{temper}_{:016x}", dice.random::<u64>());
    json!({
        "storeId": format!("s-{}", dice.random_range(0..STORES)),
        "items": [{"menuId": "m-1", "quantity": dice.random_range(1..4)}],
        "address": {"text": "망원동 12길 3, 402호", "lat": SHOP.0 + 0.002, "lng": SHOP.1 + 0.002},
        "note": "", "payment": {"method": "card", "token": payment},
    })
}
