//! The people: customers, cooks and riders as they are, and some who ask for what is not theirs.
//! Everything goes through one link, as through a load balancer, and is written down.

mod customer;
mod events;
mod person;
mod rider;
mod store;
mod watcher;

use std::time::Duration;

use anyhow::Context;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus as Dice;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::records::{Records, Who};
pub(crate) use person::Person;

/// How many there are of each.
const CUSTOMERS: usize = 8;
const STORES: usize = 3;
const RIDERS: usize = 6;
/// Tablets of one kitchen: each works the board as if it were the only one.
const TABLETS: usize = 2;

/// Where the stores are; everybody else is some hundred meters away.
pub(crate) const SHOP: (f64, f64) = (37.5540, 126.9101);

/// Everybody at work.
pub(crate) struct Town {
    /// Customers order until this.
    orders_end: CancellationToken,
    /// Everybody goes home at this.
    all_end: CancellationToken,
    people: JoinSet<()>,
    /// Customers who still order; they leave behind who follows what they ordered.
    customers: JoinSet<JoinSet<()>>,
}

impl Town {
    /// Opens the stores and lets everybody in. `base_url` is where the hubs are.
    pub(crate) async fn open(base_url: &str, seed: u64, records: &Records) -> anyhow::Result<Town> {
        let person =
            async |role, id: String| Person::arrive(base_url, Who { role, id }, records).await;
        let operator = person("operator", "o-1".to_owned()).await?;
        let mut town = Town {
            orders_end: CancellationToken::new(),
            all_end: CancellationToken::new(),
            people: JoinSet::new(),
            customers: JoinSet::new(),
        };
        for index in 0..STORES {
            let id = format!("s-{index}");
            let opened = operator.insist("PUT", &format!("/stores/{id}"), &store(&id), None).await;
            opened.yes().with_context(|| format!("opening a store: {opened:?}"))?;
            let cook = person("store", id.clone()).await?;
            town.follows(&cook, format!("store:{id}"));
            for tablet in 0..TABLETS {
                let dice =
                    Dice::seed_from_u64(seed ^ (0x570_0000 + (index * TABLETS + tablet) as u64));
                town.people.spawn(store::work(cook.clone(), dice, town.all_end.clone()));
            }
        }
        for index in 0..RIDERS {
            let rider = person("rider", format!("r-{index}")).await?;
            town.follows(&rider, format!("rider:{}", rider.who.id));
            town.people.spawn(watcher::look_around(rider.clone(), town.all_end.clone()));
            let dice = dice(seed, 0x200 + index);
            town.people.spawn(rider::ride(rider, dice, town.all_end.clone()));
        }
        town.follows(&operator, "ops".to_owned());
        for index in 0..CUSTOMERS {
            let customer = person("customer", format!("c-{index}")).await?;
            town.follows(&customer, format!("customer:{}", customer.who.id));
            let dice = dice(seed, 0x300 + index);
            let ends = (town.orders_end.clone(), town.all_end.clone());
            town.customers.spawn(customer::order(customer, dice, ends));
        }
        Ok(town)
    }

    /// Nobody orders any more; what was ordered is brought. Returns when every customer knows what
    /// became of their last order, as far as anybody can tell them.
    pub(crate) async fn take_last_orders(&mut self) {
        self.orders_end.cancel();
        while let Some(following) = self.customers.join_next().await {
            let Ok(mut following) = following else { continue };
            self.people.spawn(async move { while following.join_next().await.is_some() {} });
        }
    }

    /// Everybody goes home.
    pub(crate) async fn close(mut self) {
        self.all_end.cancel();
        while self.people.join_next().await.is_some() {}
    }

    fn follows(&mut self, person: &Person, channel: String) {
        self.people.spawn(watcher::follow(person.clone(), channel, self.all_end.clone()));
    }
}

/// Dice of one's own: nobody throws the same with this seed or another.
fn dice(seed: u64, whose: usize) -> Dice {
    Dice::seed_from_u64((seed << 16) | whose as u64)
}

/// Sleeps, unless it is over before. Whether it is.
pub(crate) async fn is_over_after(end: &CancellationToken, pause: Duration) -> bool {
    tokio::select! {
        () = end.cancelled() => true,
        () = tokio::time::sleep(pause) => false,
    }
}

fn store(id: &str) -> Value {
    json!({
        "id": id, "name": format!("가게 {id}"), "lat": SHOP.0, "lng": SHOP.1,
        "open": true, "paused": false, "deliveryRadiusMeters": 3_000, "minTotalWon": 0,
        "openOrdersMax": 500, "defaultCookMinutes": 15, "autoAccept": id == "s-2",
        "menu": [{"id": "m-1", "name": "국물떡볶이", "priceWon": 9_000, "soldOut": false, "options": []}],
    })
}
