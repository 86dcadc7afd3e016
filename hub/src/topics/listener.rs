//! One subscription of one socket, as those see it who have news.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;

use crate::channels::Subject;
use crate::identity::Identity;
use crate::latency::Stamp;
use crate::protocol::{Encoding, Unsubscribed};
use crate::session::{Letter, Newest, Outbox};

/// News that may wait for a snapshot; more than an order has in its whole life.
const WAITING_MAX: usize = 256;

/// Takes news for one subscription. They wait behind a gate until the snapshot is on its way, so
/// that nothing is lost between the two and nothing comes before the reply.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) identity: Arc<Identity>,
    pub(crate) encoding: Encoding,
    subject: Subject,
    outbox: Arc<Outbox>,
    gate: Mutex<Gate>,
    is_ended: AtomicBool,
}

#[derive(Debug)]
enum Gate {
    /// News with their places in the feed.
    Shut(Vec<(u64, Letter)>),
    /// News above this place pass.
    Open { above: u64 },
    /// No news pass any more.
    Ended(Trouble),
}

/// Why a subscription cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// So many news came while the snapshot was read that some were dropped.
    Overfull,
    /// It was ended, and why.
    Ended(Unsubscribed),
}

impl Trouble {
    /// What the client is told.
    pub(crate) fn as_end(self) -> Unsubscribed {
        match self {
            Trouble::Overfull => Unsubscribed::INSUFFICIENT_STATE,
            Trouble::Ended(end) => end,
        }
    }
}

/// Place of news that no feed has: they pass every gate that is open.
const NOWHERE: u64 = u64::MAX;

impl Listener {
    pub(crate) fn new(
        identity: Arc<Identity>,
        encoding: Encoding,
        subject: Subject,
        outbox: Arc<Outbox>,
    ) -> Arc<Listener> {
        subscriptions(subject).increment(1.0);
        let (gate, is_ended) = (Mutex::new(Gate::Shut(vec![])), AtomicBool::new(false));
        Arc::new(Listener { identity, encoding, subject, outbox, gate, is_ended })
    }

    /// Tells news that stand at `sequence` of their feed.
    pub(crate) fn tell(&self, sequence: u64, bytes: Bytes, stamp: Option<Stamp>) {
        self.deliver(sequence, Letter { bytes, oldest: stamp });
    }

    /// Tells news that have no place in a feed, even where one caused them.
    pub(crate) fn tell_aside(&self, letter: Letter) {
        self.deliver(NOWHERE, letter);
    }

    fn deliver(&self, sequence: u64, letter: Letter) {
        let mut gate = self.lock();
        match &mut *gate {
            Gate::Shut(waiting) if waiting.len() < WAITING_MAX => {
                waiting.push((sequence, letter));
            }
            Gate::Shut(_) => *gate = Gate::Ended(Trouble::Overfull),
            Gate::Open { above } if sequence > *above => self.outbox.push_news(letter),
            Gate::Open { .. } | Gate::Ended(_) => (),
        }
    }

    /// Tells what the next news of the same will replace. May be lost: they are as good.
    pub(crate) fn tell_newest(&self, of: Newest, message: Bytes) {
        if matches!(*self.lock(), Gate::Open { .. }) {
            self.outbox.push_newest(of, message);
        }
    }

    /// The reply is in the outbox: what waited above `above` follows, and whatever comes.
    pub(crate) fn open(&self, above: u64) -> Result<(), Trouble> {
        let mut gate = self.lock();
        match &mut *gate {
            Gate::Shut(waiting) => {
                for (sequence, letter) in std::mem::take(waiting) {
                    if sequence > above {
                        self.outbox.push_news(letter);
                    }
                }
                *gate = Gate::Open { above };
                Ok(())
            }
            Gate::Ended(trouble) => Err(*trouble),
            Gate::Open { .. } => Ok(()),
        }
    }

    /// Ends the subscription, and says so to a client that believes in it.
    pub(crate) fn end(&self, channel: &str, end: Unsubscribed) {
        let mut gate = self.lock();
        if matches!(*gate, Gate::Open { .. }) {
            self.outbox.push(self.encoding.unsubscribe(channel, end));
        }
        if !matches!(*gate, Gate::Ended(_)) {
            *gate = Gate::Ended(Trouble::Ended(end));
        }
        drop(gate);
        self.is_ended.store(true, Ordering::Release);
    }

    /// Whether no more news will come.
    pub(crate) fn is_ended(&self) -> bool {
        self.is_ended.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        subscriptions(self.subject).decrement(1.0);
    }
}

fn subscriptions(to: Subject) -> metrics::Gauge {
    metrics::gauge!("hub_subscriptions", "channel" => to.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener() -> (Arc<Listener>, Arc<Outbox>) {
        let outbox = Arc::<Outbox>::default();
        let identity = Arc::new(Identity::Operator("o-1".parse().unwrap()));
        (Listener::new(identity, Encoding::Json, Subject::Ops, outbox.clone()), outbox)
    }

    fn told(outbox: &Outbox) -> Vec<Bytes> {
        outbox.take(usize::MAX).messages.into_vec()
    }

    #[test]
    fn news_wait_for_the_snapshot_and_what_it_holds_is_not_told_again() {
        let (listener, outbox) = listener();
        listener.tell(4, "four".into(), None);
        listener.tell(5, "five".into(), None);
        assert!(told(&outbox).is_empty());
        listener.open(4).unwrap();
        listener.tell(6, "six".into(), None);
        assert_eq!(told(&outbox), ["five", "six"]);
    }

    #[test]
    fn what_was_dropped_is_never_passed_over_in_silence() {
        let (listener, outbox) = listener();
        for sequence in 0..=WAITING_MAX as u64 {
            listener.tell(sequence, "news".into(), None);
        }
        assert_eq!(listener.open(0), Err(Trouble::Overfull));
        assert!(told(&outbox).is_empty());
    }

    #[test]
    fn an_end_is_the_last_that_is_told() {
        let (listener, outbox) = listener();
        listener.open(0).unwrap();
        listener.end("c", Unsubscribed::BY_SERVER);
        listener.tell(1, "news".into(), None);
        listener.tell_aside(Letter::aside("aside".into()));
        assert_eq!(told(&outbox).len(), 1);
        assert!(listener.is_ended());
    }
}
