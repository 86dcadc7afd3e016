//! A customer: gets hungry, orders from a store nearby, and watches the order until it ends.

use std::time::Duration;

use rand::RngExt;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use super::views::{
    CustomerSnapshot, Order, OrderNews, OrderSnapshot, OrderState, StoreLine, StoreList,
};
use super::{Person, Role, Routine, Setting};
use crate::City;
use crate::client::{Backoff, Badge, Client, Error, News, Socket};
use crate::neighbourhood::{self, Store};
use crate::streets::Dice;
use crate::troubles::Trouble;

/// How often an order is sent again under its key while the hub can't take it.
const ORDER_TRIES: usize = 8;
/// Customers choose among this many stores nearest to them.
const STORES_KNOWN: usize = 6;
const CANCELED_PERCENT: u32 = 6;
const DECLINED_PERCENT: u32 = 5;
const SLOW_PERCENT: u32 = 3;
/// Everybody's first hunger comes within this many simulated seconds.
const FIRST_HUNGER_SECONDS: u64 = 900;
/// The first few customers are hungry at once: an evening must not begin with an empty screen.
const HUNGRY_AT_ONCE: usize = 4;
/// In a rush, hunger comes within this many simulated seconds.
const RUSH_SECONDS: std::ops::Range<u64> = 5..30;
const NOTES: [&str; 3] = ["", "문 앞에 두고 벨 눌러주세요", "수저는 빼주세요"];

pub(super) struct Customer {
    setting: Setting,
    person: Person,
    me: neighbourhood::Customer,
    /// Whether this is the customer whom the stage shows.
    on_stage: bool,
    /// How long until the first order, until that has passed.
    first_hunger: Option<Duration>,
    dice: Dice,
}

impl Routine for Customer {
    fn person(&self) -> &Person {
        &self.person
    }

    async fn act(&mut self) -> Result<(), Error> {
        let badge = Badge { role: "customer", sub: self.me.id.clone(), store_id: None };
        let client = self.setting.visitor.sign_in(badge).await?;
        let socket = client.connect_socket().await?;
        let channel = format!("customer:{}", self.me.id);
        // Kept although it is not read: an app has its own channel open all the time.
        let (snapshot, _alerts) = socket.subscribe(&channel, &()).await?;
        for order in snapshot.read::<CustomerSnapshot>()?.orders {
            self.watch(&order, &client, &socket).await?;
        }
        loop {
            self.get_hungry().await;
            if let Some(order) = self.order(&client).await? {
                self.watch(&order, &client, &socket).await?;
            }
        }
    }
}

impl Customer {
    pub(super) fn new(setting: Setting, me: &neighbourhood::Customer, index: usize) -> Self {
        let person = Person::new(Role::Customer, &me.id);
        let mut dice = setting.dice_of(&person);
        let first_hunger = match index {
            0..HUNGRY_AT_ONCE => 5 * index as u64,
            _ => dice.random_range(0..FIRST_HUNGER_SECONDS),
        };
        Self {
            setting,
            person,
            me: me.clone(),
            on_stage: index == 0,
            first_hunger: Some(Duration::from_secs(first_hunger)),
            dice,
        }
    }

    async fn get_hungry(&mut self) {
        let again = if self.on_stage { 60..150 } else { 420..1_200 };
        let hunger = match self.first_hunger {
            Some(hunger) => hunger,
            None => Duration::from_secs(self.dice.random_range(again)),
        };
        let City { tempo, troubles, .. } = &self.setting.city;
        tokio::select! {
            () = tempo.sleep(hunger) => {}
            () = troubles.until_on(Trouble::Rush) => {
                tempo.sleep(Duration::from_secs(self.dice.random_range(RUSH_SECONDS))).await;
            }
        }
        self.first_hunger = None;
    }

    /// Places an order; `None` when it did not come to one.
    async fn order(&mut self, client: &Client) -> Result<Option<Order>, Error> {
        let Some(store) = self.choose_store(client).await? else {
            return Ok(None);
        };
        let Some(items) = self.choose_items(&store) else {
            return Ok(None);
        };
        let body = json!({
            "storeId": store.id,
            "items": items,
            "address": self.me.home,
            "note": NOTES.choose(&mut self.dice),
            "payment": { "method": "card", "token": self.choose_token() },
        });
        match send_order(client, &body).await {
            Ok(order) => Ok(Some(order)),
            Err(error) if error.problem().is_some() => {
                tracing::debug!(person = %self.person, %error, "no dinner");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// A store nearby that is open; the stage's customer mostly goes to the stage's store.
    async fn choose_store(&mut self, client: &Client) -> Result<Option<Store>, Error> {
        let at = self.me.home.at;
        let list: StoreList =
            client.get(&format!("/stores?lat={:.6}&lng={:.6}", at.lat, at.lng)).await?;
        let kitchens = &self.setting.city.neighbourhood.stores[..self.setting.kitchens];
        let is_served = |store: &&StoreLine| {
            store.open && !store.paused && kitchens.iter().any(|one| one.id == store.id)
        };
        let open: Vec<_> = list.stores.iter().filter(is_served).collect();
        let favourite = &self.setting.city.neighbourhood.stores[0].id;
        let to_favourite = self.on_stage && self.dice.random_ratio(4, 5);
        let chosen = match open.iter().find(|store| to_favourite && store.id == *favourite) {
            Some(store) => Some(store),
            None => open[..open.len().min(STORES_KNOWN)].choose(&mut self.dice),
        };
        match chosen {
            Some(store) => client.get(&format!("/stores/{}", store.id)).await.map(Some),
            None => Ok(None),
        }
    }

    /// One to three dishes, and more of the first if the store wants a larger order.
    fn choose_items(&mut self, store: &Store) -> Option<Vec<Value>> {
        let dishes: Vec<_> = store.menu.iter().filter(|dish| !dish.sold_out).collect();
        let count = self.dice.random_range(1..=3);
        let chosen: Vec<_> = dishes.sample(&mut self.dice, count).collect();
        let first_won = chosen.first()?.price_won.max(1);
        let missing_won =
            store.min_total_won.saturating_sub(chosen.iter().map(|dish| dish.price_won).sum());
        let extra = missing_won.div_ceil(first_won);
        let items = chosen.iter().enumerate().map(|(index, dish)| {
            let quantity = if index == 0 { 1 + extra } else { 1 };
            let options = Vec::from_iter(dish.options.choose(&mut self.dice));
            json!({ "menuId": dish.id, "quantity": quantity, "options": options })
        });
        Some(items.collect())
    }

    fn choose_token(&mut self) -> &'static str {
        // The first order of the stage shows an order that goes well.
        let steady = self.on_stage;
        match self.dice.random_range(0..100) {
            _ if steady => "tok_ok",
            0..DECLINED_PERCENT => "tok_declined",
            throw if throw < DECLINED_PERCENT + SLOW_PERCENT => "tok_slow",
            _ => "tok_ok",
        }
    }

    /// Follows an order until it ends. Now and then, changes their mind.
    async fn watch(
        &mut self,
        order: &Order,
        client: &Client,
        socket: &Socket,
    ) -> Result<(), Error> {
        let tempo = self.setting.city.tempo.clone();
        let (snapshot, mut news) = socket.subscribe(&format!("order:{}", order.id), &()).await?;
        let mut order = snapshot.read::<OrderSnapshot>()?.order;
        let mut regrets = !self.on_stage && self.dice.random_ratio(CANCELED_PERCENT, 100);
        let regret_at = tempo.elapsed() + Duration::from_secs(self.dice.random_range(5..50));
        while !order.state.is_ended() {
            tokio::select! {
                () = tempo.sleep_until(regret_at), if regrets => {
                    regrets = false;
                    cancel(&order, client).await?;
                }
                news = news.next() => {
                    let seen = match news {
                        None => return Ok(()),
                        Some(News::Resumed { .. }) => None,
                        Some(News::Snapshot(data)) => Some(data.read::<OrderSnapshot>()?.order),
                        Some(News::Publication { data, .. }) => data.read::<OrderNews>()?.order,
                    };
                    if let Some(seen) = seen.filter(|seen| seen.version > order.version) {
                        order = seen;
                    }
                }
            }
        }
        tracing::debug!(order.id = %order.id, state = ?order.state, "dinner ended");
        Ok(())
    }
}

/// Sends the order until it is known to be taken or refused: the key makes that harmless.
async fn send_order(client: &Client, body: &Value) -> Result<Order, Error> {
    let key = Uuid::new_v4().to_string();
    let mut backoff = Backoff::default();
    let mut outcome = client.post_once("/orders", &key, body).await;
    for _ in 1..ORDER_TRIES {
        match &outcome {
            Err(error) if error.is_temporary() => {
                let asked_to_wait = error.problem().and_then(|problem| problem.retry_after);
                sleep(asked_to_wait.unwrap_or_default() + backoff.next_wait()).await;
                outcome = client.post_once("/orders", &key, body).await;
            }
            Ok(_) | Err(_) => break,
        }
    }
    outcome
}

/// Calls the order off, if the kitchen has not begun.
async fn cancel(order: &Order, client: &Client) -> Result<(), Error> {
    if !matches!(order.state, OrderState::Placed | OrderState::Accepted) {
        return Ok(());
    }
    match client.put::<Value>(&format!("/orders/{}/cancel", order.id), &json!({})).await {
        Err(error) if error.is_temporary() => Err(error),
        // Refused: the kitchen was faster.
        Ok(_) | Err(_) => Ok(()),
    }
}
