//! The trade that goes on all the while: people order, stores cook, everything through the proxy. A
//! command that did not get through is sent again, as an app would; its key or its order sees to it
//! that it happens once.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, ensure};
use city::client::{Backoff, Badge, Client, Error};
use domain::{OrderId, StoreId};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use streams::Streams;
use tokio::task::JoinSet;
use tokio::time::interval;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How many stores there are.
pub(crate) const STORES: usize = 50;
/// As many orders as a store may have: nobody takes them away.
const OPEN_ORDERS_MAX: u32 = 1_000;
/// How many work at once, and how often each does something: forty commands a second.
const HANDS: usize = 20;
const EVERY: Duration = Duration::from_millis(500);
/// Every so many commands a new order comes in.
const NEW_EVERY: usize = 5;
/// How often one command is sent before that is a failure.
const TRIES_MAX: usize = 30;
/// Orders placed at once before it begins.
const PLACING_MAX: usize = 16;
/// What a store does with an order, and in which turn.
const STEPS: [&str; 3] = ["accept", "startCook", "finishCook"];

/// An order, and whose it is.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) id: OrderId,
    pub(crate) customer: String,
}

/// An order that waits for its store.
#[derive(Debug)]
struct Ticket {
    order: OrderId,
    store: usize,
    /// What the store does next.
    step: usize,
}

/// The answer to a new order, as far as it matters here.
#[derive(Deserialize)]
struct Placing {
    id: OrderId,
}

/// How long somebody tries.
#[derive(Default)]
struct Patience {
    tries: usize,
    backoff: Backoff,
}

impl Patience {
    async fn wait(&mut self) -> anyhow::Result<()> {
        self.tries += 1;
        ensure!(self.tries < TRIES_MAX, "not acknowledged after {TRIES_MAX} tries");
        self.backoff.wait().await;
        Ok(())
    }
}

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Commands that were acknowledged.
    pub(crate) done: AtomicUsize,
    /// How often one had to be sent again.
    pub(crate) again: AtomicUsize,
    /// Orders that were acknowledged.
    pub(crate) placed: Mutex<Vec<OrderId>>,
}

/// Stores, and what waits for them.
pub(crate) struct Trade {
    visitor: Client,
    stores: Vec<Client>,
    /// Who orders while it goes on.
    customers: Vec<Client>,
    waiting: Mutex<VecDeque<Ticket>>,
    turn: AtomicUsize,
    pub(crate) tally: Tally,
}

impl Trade {
    /// Opens the stores.
    pub(crate) async fn open(visitor: &Client) -> anyhow::Result<Trade> {
        let badge = Badge { role: "operator", sub: "o-siege".to_owned(), store_id: None };
        let operator = visitor.sign_in(badge).await?;
        let (mut stores, mut customers) = (Vec::new(), Vec::new());
        for number in 0..STORES {
            let id = store_id(number)?.to_string();
            let _: Value = operator.put(&format!("/stores/{id}"), &store(&id, number)).await?;
            let badge = Badge { role: "store", sub: format!("cook-{id}"), store_id: Some(id) };
            stores.push(visitor.sign_in(badge).await?);
            let badge =
                Badge { role: "customer", sub: format!("walk-in-{number}"), store_id: None };
            customers.push(visitor.sign_in(badge).await?);
        }
        Ok(Trade {
            visitor: visitor.clone(),
            stores,
            customers,
            waiting: Mutex::default(),
            turn: AtomicUsize::new(0),
            tally: Tally::default(),
        })
    }

    /// So many customers order something each.
    pub(crate) async fn begin(&self, customers: usize) -> anyhow::Result<Vec<Placed>> {
        let order = async |number| {
            let customer = format!("c-{number}");
            let badge = Badge { role: "customer", sub: customer.clone(), store_id: None };
            let client = self.visitor.sign_in(badge).await?;
            let id = self.place(&client, number % STORES).await?;
            anyhow::Ok(Placed { id, customer })
        };
        let placing = stream::iter(0..customers).map(order).buffer_unordered(PLACING_MAX);
        placing.try_collect().await.context("placing the first orders")
    }

    /// Goes on until `stop`.
    pub(crate) fn run(self: Arc<Trade>, stop: CancellationToken) -> JoinSet<anyhow::Result<()>> {
        (0..HANDS)
            .map(|_| {
                let (trade, stop) = (self.clone(), stop.clone());
                async move {
                    let mut beats = interval(EVERY);
                    while stop.run_until_cancelled(beats.tick()).await.is_some() {
                        trade.act().await?;
                    }
                    Ok(())
                }
            })
            .collect()
    }

    /// One command: an order that comes in, or the next step of one that waits.
    async fn act(&self) -> anyhow::Result<()> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let waiting = match turn.is_multiple_of(NEW_EVERY) {
            true => None,
            false => self.lock().pop_front(),
        };
        match waiting {
            Some(ticket) => self.cook(ticket).await,
            None => self.place(&self.customers[turn % STORES], turn % STORES).await.map(drop),
        }
    }

    /// How many orders there are not, although somebody was told so.
    pub(crate) async fn lost(&self, streams: &Streams) -> anyhow::Result<usize> {
        let placed = self.tally.placed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut lost = 0;
        for id in placed {
            lost += usize::from(streams.load(id).await?.is_none());
        }
        Ok(lost)
    }

    /// A customer orders something.
    pub(crate) async fn place(&self, customer: &Client, store: usize) -> anyhow::Result<OrderId> {
        let wish = json!({
            "storeId": store_id(store)?,
            "items": [{"menuId": "m-1", "quantity": 2, "options": []}],
            "address": {"text": "망원동 12길 3, 402호", "lat": 37.5551, "lng": 126.9020},
            "note": "",
            "payment": {"method": "card", "token": "tok_ok"},
        });
        let key = Uuid::now_v7().to_string();
        let mut patience = Patience::default();
        let Placing { id } = loop {
            let answer = customer.post_once("/orders", &key, &wish).await;
            match self.acknowledged(answer).context("placing an order")? {
                Some(placing) => break placing,
                None => patience.wait().await?,
            }
        };
        self.tally.placed.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        self.lock().push_back(Ticket { order: id, store, step: 0 });
        Ok(id)
    }

    async fn cook(&self, mut ticket: Ticket) -> anyhow::Result<()> {
        let path = format!("/storeOrders/{}/{}", ticket.order, STEPS[ticket.step]);
        let body = json!({"cookMinutes": 15});
        let mut patience = Patience::default();
        loop {
            let answer = self.stores[ticket.store].put::<Value>(&path, &body).await;
            match self.acknowledged(answer).with_context(|| path.clone())? {
                Some(_) => break,
                None => patience.wait().await?,
            }
        }
        ticket.step += 1;
        if ticket.step < STEPS.len() {
            self.lock().push_back(ticket);
        }
        Ok(())
    }

    /// What was answered; nothing if the command has to be sent again.
    fn acknowledged<T>(&self, answer: Result<T, Error>) -> anyhow::Result<Option<T>> {
        match answer {
            Ok(answer) => {
                self.tally.done.fetch_add(1, Ordering::Relaxed);
                Ok(Some(answer))
            }
            Err(error) if error.is_temporary() => {
                self.tally.again.fetch_add(1, Ordering::Relaxed);
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Ticket>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn store_id(number: usize) -> anyhow::Result<StoreId> {
    Ok(format!("s-{number}").parse()?)
}

fn store(id: &str, number: usize) -> Value {
    json!({
        "id": id, "name": format!("달빛분식 {number}"), "lat": 37.5540, "lng": 126.9101,
        "open": true, "paused": false, "deliveryRadiusMeters": 3000, "minTotalWon": 0,
        "openOrdersMax": OPEN_ORDERS_MAX, "defaultCookMinutes": 15, "autoAccept": false,
        "menu": [{"id": "m-1", "name": "국물떡볶이", "priceWon": 9000, "soldOut": false,
                  "options": []}],
    })
}
