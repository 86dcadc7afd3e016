//! What the simulated payment provider remembers: what it did under each order's id, across
//! restarts of everything else. Real money is none of its business.

use std::sync::LazyLock;
use std::time::Duration;

use domain::OrderId;
use redis::Script;

use crate::{Error, Streams};

/// How long a charge is remembered; longer than the order's own log.
const KEPT: Duration = Duration::from_secs(90 * 86_400);

static CHARGE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/ledger_charge.lua")));
static VOID: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/ledger_void.lua")));
static REFUND: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/ledger_refund.lua")));

/// What became of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Whether the money was taken.
    pub approved: bool,
    /// The provider's own name for it; empty if it was not.
    pub approval: String,
    /// Why it was not, in words for the customer; empty if it was.
    pub reason: String,
}

/// How often money really moved for an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LedgerRow {
    /// Times it was taken.
    pub charges: u64,
    /// Times it was given back.
    pub refunds: u64,
    /// Times that giving it back was tried.
    pub refund_tries: u64,
}

impl Streams {
    /// Takes the money, or declines to. Asked again, it gives the first answer and moves nothing.
    ///
    /// # Errors
    /// If Redis fails; nobody knows then whether the money moved.
    pub async fn ledger_charge(&self, order: OrderId, approve: bool) -> Result<Charge, Error> {
        let mut script = CHARGE.prepare_invoke();
        script.key(self.ledger_key(order)).arg(approve).arg(KEPT.as_secs());
        let outcome: String =
            self.commit(order.partition(), &script).await.map_err(Error::writing("the ledger"))?;
        charge(order, &outcome)
    }

    /// What became of a charge, if it was ever asked for or ruled out.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn ledger_find(&self, order: OrderId) -> Result<Option<Charge>, Error> {
        let mut command = redis::cmd("HGET");
        command.arg(self.ledger_key(order)).arg("outcome");
        let outcome: Option<String> =
            self.ask(order.partition(), &command).await.map_err(Error::reading("the ledger"))?;
        outcome.map(|outcome| charge(order, &outcome)).transpose()
    }

    /// What became of a charge; if it was never asked for, rules it out for ever and says `None`.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn ledger_void(&self, order: OrderId) -> Result<Option<Charge>, Error> {
        let mut script = VOID.prepare_invoke();
        script.key(self.ledger_key(order)).arg(KEPT.as_secs());
        let outcome: String =
            self.commit(order.partition(), &script).await.map_err(Error::writing("the ledger"))?;
        match outcome.as_str() {
            "voided" => Ok(None),
            outcome => charge(order, outcome).map(Some),
        }
    }

    /// Gives the money back, once; `None` if this try fails, as the `fails_first` first ones do.
    ///
    /// # Errors
    /// If Redis fails, or there is nothing to give back.
    pub async fn ledger_refund(
        &self,
        order: OrderId,
        fails_first: u64,
    ) -> Result<Option<String>, Error> {
        let mut script = REFUND.prepare_invoke();
        script.key(self.ledger_key(order)).arg(fails_first).arg(KEPT.as_secs());
        let outcome: String =
            self.commit(order.partition(), &script).await.map_err(Error::writing("the ledger"))?;
        match outcome.as_str() {
            "refunded" => Ok(Some(format!("sim-refund-{order}"))),
            "failed" => Ok(None),
            _ => Err(Error::Broken(format!("nothing was taken for order {order}"))),
        }
    }

    /// How often money really moved for an order.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn ledger(&self, order: OrderId) -> Result<LedgerRow, Error> {
        let mut command = redis::cmd("HMGET");
        command.arg(self.ledger_key(order)).arg(&["charges", "refunds", "refund_tries"]);
        let (charges, refunds, refund_tries): (Option<u64>, Option<u64>, Option<u64>) =
            self.ask(order.partition(), &command).await.map_err(Error::reading("the ledger"))?;
        Ok(LedgerRow {
            charges: charges.unwrap_or(0),
            refunds: refunds.unwrap_or(0),
            refund_tries: refund_tries.unwrap_or(0),
        })
    }

    fn ledger_key(&self, order: OrderId) -> String {
        self.keys().of_one("ledger", order.partition(), order)
    }
}

fn charge(order: OrderId, outcome: &str) -> Result<Charge, Error> {
    let declined = |reason: &str| Charge {
        approved: false,
        approval: String::new(),
        reason: reason.to_owned(),
    };
    match outcome {
        "approved" => {
            Ok(Charge { approved: true, approval: format!("sim-{order}"), reason: String::new() })
        }
        "declined" => Ok(declined("카드사에서 승인하지 않았어요")),
        "voided" => Ok(declined("결제가 확인되지 않아 진행하지 않았어요")),
        other => Err(Error::Broken(format!("the ledger says {other} of order {order}"))),
    }
}
