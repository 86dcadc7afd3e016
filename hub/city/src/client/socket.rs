//! The handles of an open socket: ask, subscribe, and hear the news.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::{Error, raw};

/// A reader who is further behind than this starts over from a snapshot.
const NEWS_MAX: usize = 256;
const ANSWER_MAX: Duration = Duration::from_secs(10);

static NEXT_SUBSCRIPTION: AtomicU64 = AtomicU64::new(1);

/// A socket that is kept open: when it breaks it comes back, with its subscriptions.
///
/// It closes when the last handle to it, and the last of its subscriptions, is dropped.
#[derive(Debug, Clone)]
pub struct Socket {
    asks: mpsc::Sender<Ask>,
}

/// What the handles ask of the task that keeps the socket.
pub(super) enum Ask {
    Subscribe {
        channel: String,
        data: Box<RawValue>,
        subscription: u64,
        news: mpsc::Sender<News>,
        answer: oneshot::Sender<Result<Payload, Error>>,
    },
    Forget {
        channel: String,
        subscription: u64,
    },
    Rpc {
        method: String,
        data: Box<RawValue>,
        answer: oneshot::Sender<Result<Payload, Error>>,
    },
}

/// JSON exactly as the hub sent it.
pub struct Payload {
    json: Box<RawValue>,
    epoch: String,
}

/// What a subscription brings.
#[derive(Debug)]
pub enum News {
    /// The connection was lost, and what was missed can't be told: start over from this.
    Snapshot(Payload),
    /// The connection was lost, and the next `missed` publications are what passed meanwhile.
    Resumed {
        /// How many they are.
        missed: usize,
    },
    /// Something happened.
    Publication {
        /// Its place in the feed; 0 for what is worth nothing later, like a rider's position.
        offset: u64,
        /// The whole new view.
        data: Payload,
    },
}

/// News from one channel. Dropping it unsubscribes.
#[derive(Debug)]
pub struct Subscription {
    channel: String,
    subscription: u64,
    news: mpsc::Receiver<News>,
    asks: mpsc::Sender<Ask>,
}

impl Socket {
    pub(super) fn new(asks: mpsc::Sender<Ask>) -> Self {
        Self { asks }
    }

    /// Listens to `channel`: the snapshot, and the news since with nothing lost between them.
    ///
    /// `data` is what the channel wants to know; `()` where it wants nothing.
    pub async fn subscribe(
        &self,
        channel: &str,
        data: &impl Serialize,
    ) -> Result<(Payload, Subscription), Error> {
        let subscription = NEXT_SUBSCRIPTION.fetch_add(1, Ordering::Relaxed);
        let (news_to, news) = mpsc::channel(NEWS_MAX);
        let (answer, answered) = oneshot::channel();
        // Made before the answer, so that giving up half way unsubscribes too.
        let handle =
            Subscription { channel: channel.into(), subscription, news, asks: self.asks.clone() };
        let (channel, data) = (channel.into(), raw(data)?);
        let ask = Ask::Subscribe { channel, data, subscription, news: news_to, answer };
        Ok((self.ask(ask, answered).await?, handle))
    }

    /// Sends a command on the socket, named after its path, like `deliveries.claim`.
    pub async fn rpc<T: DeserializeOwned>(
        &self,
        method: &str,
        data: &impl Serialize,
    ) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        let ask = Ask::Rpc { method: method.into(), data: raw(data)?, answer };
        self.ask(ask, answered).await?.read()
    }

    async fn ask(
        &self,
        ask: Ask,
        answered: oneshot::Receiver<Result<Payload, Error>>,
    ) -> Result<Payload, Error> {
        let whole = async {
            self.asks.send(ask).await.map_err(|_| Error::Disconnected)?;
            answered.await.map_err(|_| Error::Disconnected)?
        };
        timeout(ANSWER_MAX, whole).await.map_err(|_| Error::TooLate)?
    }
}

impl Payload {
    pub(super) fn new(data: Option<Box<RawValue>>) -> Self {
        Self::of(String::new(), data)
    }

    pub(super) fn of(epoch: String, data: Option<Box<RawValue>>) -> Self {
        Self { json: data.unwrap_or_else(|| RawValue::NULL.to_owned()), epoch }
    }

    /// The JSON as a type of the reader's.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(self.json.get()).map_err(Error::Reading)
    }

    /// The JSON, byte for byte.
    pub fn as_str(&self) -> &str {
        self.json.get()
    }

    /// Of a snapshot, the epoch of the feed that it goes on with; empty if there is none.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.json.get())
    }
}

impl Subscription {
    /// The next news, or `None` when there will be no more: the hub ended it, or this reader was
    /// too slow. Whoever still wants to know subscribes again.
    pub async fn next(&mut self) -> Option<News> {
        self.news.recv().await
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let (channel, subscription) = (std::mem::take(&mut self.channel), self.subscription);
        // If there is no room for this, the next publication finds that nobody listens.
        let _ = self.asks.try_send(Ask::Forget { channel, subscription });
    }
}
