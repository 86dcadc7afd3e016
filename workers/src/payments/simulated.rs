//! A provider that takes nobody's money: the payment's token says what happens. It remembers what
//! it did under each key in the ledger, as a real one would, across restarts of everything here.

use std::time::Duration;

use anyhow::{Context, bail};
use domain::{Order, OrderId};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use streams::{Charge, Streams};

use super::{Provider, Verdict};

/// How long `tok_slow` takes to answer.
const SLOW: Duration = Duration::from_secs(5);
/// How many refunds of `tok_refund_fails` fail.
const FAILS_FIRST: u64 = 2;

/// What a token makes the provider do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Temper {
    Approves,
    Declines,
    AnswersLate,
    LosesTheAnswer,
    FailsRefunds { first: u64 },
    KnowsNothing,
}

impl Temper {
    fn of(token: &str) -> Temper {
        match token {
            "tok_ok" => Temper::Approves,
            "tok_declined" => Temper::Declines,
            "tok_slow" => Temper::AnswersLate,
            "tok_lost" => Temper::LosesTheAnswer,
            "tok_refund_fails" => Temper::FailsRefunds { first: FAILS_FIRST },
            "tok_refund_never" => Temper::FailsRefunds { first: u64::MAX },
            _ => Temper::KnowsNothing,
        }
    }

    fn approves(self) -> bool {
        !matches!(self, Temper::Declines | Temper::KnowsNothing)
    }
}

/// The simulated provider.
pub(super) struct Simulated {
    ledger: Streams,
}

impl Simulated {
    pub(super) fn new(ledger: Streams) -> Simulated {
        Simulated { ledger }
    }

    async fn charge(&self, order: &Order) -> anyhow::Result<Verdict> {
        let temper = Temper::of(&order.payment.by.token);
        let charge = self.ledger.ledger_charge(order.id, temper.approves()).await?;
        match temper {
            Temper::AnswersLate => tokio::time::sleep(SLOW).await,
            // The money is taken and nobody will ever be told: the caller gives up.
            Temper::LosesTheAnswer => std::future::pending().await,
            _ => (),
        }
        Ok(match temper {
            Temper::KnowsNothing => Verdict::Declined { reason: "unknown token".to_owned() },
            _ => verdict(charge),
        })
    }

    async fn settle_unknown(&self, id: OrderId) -> anyhow::Result<Verdict> {
        let known = self.ledger.ledger_void(id).await?;
        Ok(known.map(verdict).unwrap_or_else(|| Verdict::Declined {
            reason: "결제가 확인되지 않아 진행하지 않았어요".to_owned(),
        }))
    }

    async fn refund(&self, order: &Order) -> anyhow::Result<String> {
        let fails_first = match Temper::of(&order.payment.by.token) {
            Temper::FailsRefunds { first } => first,
            _ => 0,
        };
        let refund = self.ledger.ledger_refund(order.id, fails_first).await.context("refunding")?;
        match refund {
            Some(refund) => Ok(refund),
            None => bail!("the provider is out of order"),
        }
    }
}

impl Provider for Simulated {
    fn charge<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, anyhow::Result<Verdict>> {
        self.charge(order).boxed()
    }

    fn settle_unknown(&self, id: OrderId) -> BoxFuture<'_, anyhow::Result<Verdict>> {
        self.settle_unknown(id).boxed()
    }

    fn refund<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, anyhow::Result<String>> {
        self.refund(order).boxed()
    }
}

fn verdict(charge: Charge) -> Verdict {
    match charge.approved {
        true => Verdict::Approved { approval: charge.approval },
        false => Verdict::Declined { reason: charge.reason },
    }
}
