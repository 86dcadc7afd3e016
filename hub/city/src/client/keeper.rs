//! The task that keeps a socket: reconnects with backoff, and brings every subscription back to
//! where it was.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

use super::link::{Ending, Link};
use super::socket::Ask;
use super::{Backoff, Client, Error, News, Payload, Socket};

const ASKS_MAX: usize = 64;
/// A connection that lived this long was a good one: the next wait is short again.
const GOOD_CONNECTION: Duration = Duration::from_secs(5);

pub(super) type Answer = oneshot::Sender<Result<Payload, Error>>;

pub(super) struct Keeper {
    pub(super) client: Client,
    pub(super) asks: mpsc::Receiver<Ask>,
    pub(super) channels: HashMap<String, Channel>,
    pub(super) waiting: HashMap<u32, Waiting>,
}

/// A subscription as the keeper remembers it.
pub(super) struct Channel {
    pub(super) subscription: u64,
    pub(super) data: Box<RawValue>,
    pub(super) news: mpsc::Sender<News>,
    /// The epoch and offset of the last news, where the channel can go on from there.
    pub(super) place: Option<(String, u64)>,
}

/// Who waits for the reply to a command.
pub(super) enum Waiting {
    Asker(Answer),
    Subscriber(String, Answer),
    Subscription(String),
}

/// Opens the socket and starts its keeper.
pub(super) async fn connect(client: Client) -> Result<Socket, Error> {
    let link = open(&client).await?;
    let (sender, asks) = mpsc::channel(ASKS_MAX);
    let keeper = Keeper { client, asks, channels: HashMap::new(), waiting: HashMap::new() };
    tokio::spawn(keeper.keep(link));
    Ok(Socket::new(sender))
}

/// Opens a connection, with a fresh token if the old one is refused.
async fn open(client: &Client) -> Result<Link, Error> {
    match Link::open(client).await {
        Err(error) if refuses_token(&error) && client.renew_token().await? => {
            Link::open(client).await
        }
        outcome => outcome,
    }
}

fn refuses_token(error: &Error) -> bool {
    match error {
        Error::Closed { code, .. } => matches!(code, 3005 | 3500),
        Error::Protocol { code, .. } => matches!(code, 101 | 109 | 110),
        error => error.code() == Some("unauthenticated"),
    }
}

impl Keeper {
    async fn keep(mut self, mut link: Link) {
        let mut backoff = Backoff::default();
        loop {
            let opened = Instant::now();
            let outcome = self.attend(&mut link).await;
            link.close().await;
            let Err(ending) = outcome else {
                return;
            };
            tracing::debug!(?ending, "socket lost");
            if matches!(&ending, Ending::Farewell(farewell) if farewell.is_final()) {
                return;
            }
            // Those who wait for a reply are told by the drop of their sender.
            self.forget_waiting();
            if opened.elapsed() > GOOD_CONNECTION {
                backoff.reset();
            }
            match self.reopen(&mut backoff).await {
                Some(reopened) => link = reopened,
                None => return,
            }
        }
    }

    /// Serves the socket until it ends, or with `Ok` until nobody needs it.
    async fn attend(&mut self, link: &mut Link) -> Result<(), Ending> {
        let channels: Vec<_> = self.channels.keys().cloned().collect();
        for channel in channels {
            self.resubscribe(channel, link).await?;
        }
        loop {
            tokio::select! {
                ask = self.asks.recv() => match ask {
                    Some(ask) => self.carry(ask, link).await?,
                    None => return Ok(()),
                },
                reply = link.next() => self.hear(reply?, link).await?,
            }
        }
    }

    /// Tries until a connection is open; `None` when nobody needs it, or the hub refuses for good.
    async fn reopen(&mut self, backoff: &mut Backoff) -> Option<Link> {
        loop {
            let pause = sleep(backoff.next_wait());
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    () = &mut pause => break,
                    ask = self.asks.recv() => self.refuse(ask?),
                }
            }
            match open(&self.client).await {
                Ok(link) => return Some(link),
                Err(error) if error.is_temporary() => {}
                Err(error) => {
                    tracing::debug!(%error, "socket refused for good");
                    return None;
                }
            }
        }
    }

    /// Answers what is asked while there is no connection.
    fn refuse(&mut self, ask: Ask) {
        match ask {
            Ask::Subscribe { answer, .. } | Ask::Rpc { answer, .. } => {
                // Nobody waits any more: just as well.
                let _ = answer.send(Err(Error::Disconnected));
            }
            Ask::Forget { channel, subscription } => {
                if self.is_current(&channel, subscription) {
                    self.channels.remove(&channel);
                }
            }
        }
    }

    pub(super) fn is_current(&self, channel: &str, subscription: u64) -> bool {
        self.channels.get(channel).is_some_and(|known| known.subscription == subscription)
    }

    fn forget_waiting(&mut self) {
        for (_, who) in self.waiting.drain() {
            if let Waiting::Subscriber(channel, _) = who {
                self.channels.remove(&channel);
            }
        }
    }
}
