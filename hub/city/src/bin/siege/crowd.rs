//! People with sockets: customers who watch their order and tablets that show a board, each coming
//! back by itself wherever the proxy sends it, and remembering everything that it was told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use city::client::{Badge, Client, News, Payload, Subscription};
use domain::{OrderId, StoreId};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// How many connect at once.
const CONNECTING_MAX: usize = 64;

/// What somebody follows.
#[derive(Clone, Debug)]
pub(crate) enum Topic {
    /// Their own order, and who they are.
    Order(OrderId, String),
    /// The board that they work at.
    Store(StoreId),
}

/// Somebody who listens.
pub(crate) struct Listener {
    pub(crate) topic: Topic,
    record: Arc<Mutex<Record>>,
    _listening: AbortOnDropHandle<()>,
}

/// What somebody was told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// The place in the feed, and the version of the order it is about; 0 for what has none.
    pub(crate) heard: Vec<(u64, u64)>,
    /// When they were back and told what they had missed.
    pub(crate) returns: Vec<Instant>,
    /// How often they were shown how it is instead, because nobody knew any more.
    pub(crate) begun_again: usize,
    /// Whether they were told that nothing more will come.
    pub(crate) is_over: bool,
}

/// What a publication says, as far as it matters here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    order: Option<Versioned>,
    ticket: Option<Versioned>,
}

#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

impl Listener {
    /// What they were told so far.
    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        lock(&self.record)
    }
}

/// Everybody connects and listens to their topic.
pub(crate) async fn gather(visitor: &Client, topics: Vec<Topic>) -> anyhow::Result<Vec<Listener>> {
    let arriving = stream::iter(topics.into_iter().enumerate())
        .map(|(number, topic)| arrive(visitor, number, topic))
        .buffer_unordered(CONNECTING_MAX);
    arriving.try_collect().await.context("connecting a crowd")
}

async fn arrive(visitor: &Client, number: usize, topic: Topic) -> anyhow::Result<Listener> {
    let (channel, badge) = match &topic {
        Topic::Order(id, customer) => {
            let badge = Badge { role: "customer", sub: customer.clone(), store_id: None };
            (format!("order:{id}"), badge)
        }
        Topic::Store(id) => {
            let (sub, store_id) = (format!("tablet-{number}"), Some(id.to_string()));
            (format!("store:{id}"), Badge { role: "store", sub, store_id })
        }
    };
    let client = visitor.sign_in(badge).await?;
    let socket = client.connect_socket().await?;
    let (_, subscription) = socket.subscribe(&channel, &()).await?;
    let record = Arc::<Mutex<Record>>::default();
    // The socket stays open as long as its subscription is held.
    let listening = tokio::spawn(listen(subscription, record.clone()));
    Ok(Listener { topic, record, _listening: AbortOnDropHandle::new(listening) })
}

async fn listen(mut subscription: Subscription, record: Arc<Mutex<Record>>) {
    while let Some(news) = subscription.next().await {
        let mut record = lock(&record);
        match news {
            // What is worth nothing later has no place, and may be missed.
            News::Publication { offset: 0, .. } => (),
            News::Publication { offset, data } => {
                record.heard.push((offset, version(&data).unwrap_or(u64::MAX)));
            }
            News::Resumed { .. } => record.returns.push(Instant::now()),
            News::Snapshot(_) => {
                record.returns.push(Instant::now());
                record.begun_again += 1;
            }
        }
    }
    lock(&record).is_over = true;
}

fn version(payload: &Payload) -> anyhow::Result<u64> {
    let Told { order, ticket } = payload.read()?;
    Ok(order.or(ticket).map_or(0, |it| it.version))
}

fn lock(record: &Mutex<Record>) -> MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many came back in each second of a phase.
pub(crate) fn returns(crowd: &[Listener], from: Instant, to: Instant) -> Vec<usize> {
    let mut seconds = vec![0; (to - from).as_secs() as usize + 1];
    for listener in crowd {
        for at in &listener.record().returns {
            if (from..to).contains(at) {
                let second = (*at - from).as_millis() / Duration::from_secs(1).as_millis();
                seconds[second as usize] += 1;
            }
        }
    }
    seconds
}
