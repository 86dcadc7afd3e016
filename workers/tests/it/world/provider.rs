//! A provider that fails when it is told to.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::bail;
use domain::{Order, OrderId};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use streams::Streams;
use workers::{Provider, Verdict};

use super::LOOK_EVERY;

/// What it does when it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Works,
    /// Does nothing and says that it failed.
    Fails,
    /// Does its work and says that it failed.
    LosesAnswers,
    /// Does nothing until it is in another mood.
    Ponders,
}

/// A provider with moods, which keeps its books in the ledger.
pub(crate) struct Moody {
    ledger: Streams,
    mood: Mutex<Mood>,
    calls: AtomicUsize,
}

impl Moody {
    pub(crate) fn new(ledger: &Streams, mood: Mood) -> Moody {
        Moody { ledger: ledger.clone(), mood: Mutex::new(mood), calls: AtomicUsize::new(0) }
    }

    pub(crate) fn turns(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// How often it was called.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    async fn answer<T>(&self, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mood = || *self.mood.lock().unwrap();
        while mood() == Mood::Ponders {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        match mood() {
            Mood::Works | Mood::Ponders => work.await,
            Mood::Fails => bail!("out of order"),
            Mood::LosesAnswers => {
                work.await?;
                bail!("the line is dead")
            }
        }
    }
}

impl Provider for Moody {
    fn charge<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, anyhow::Result<Verdict>> {
        self.answer(async {
            let approval = self.ledger.ledger_charge(order.id, true).await?.approval;
            Ok(Verdict::Approved { approval })
        })
        .boxed()
    }

    fn settle_unknown(&self, id: OrderId) -> BoxFuture<'_, anyhow::Result<Verdict>> {
        self.answer(async move {
            let charge = self.ledger.ledger_void(id).await?;
            Ok(match charge {
                Some(charge) => Verdict::Approved { approval: charge.approval },
                None => Verdict::Declined { reason: "never charged".to_owned() },
            })
        })
        .boxed()
    }

    fn refund<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, anyhow::Result<String>> {
        self.answer(async {
            let refund = self.ledger.ledger_refund(order.id, 0).await?;
            Ok(refund.expect("no try is to fail"))
        })
        .boxed()
    }
}
