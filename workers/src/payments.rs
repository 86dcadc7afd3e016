//! Whoever takes the money.

mod simulated;
mod toss;

use std::sync::Arc;

use anyhow::Context;
use domain::{Order, OrderId};
use futures_util::future::BoxFuture;
use streams::{PaymentProvider, Streams};

use crate::Config;

/// What a provider says of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The money is taken.
    Approved {
        /// The provider's own name for it.
        approval: String,
    },
    /// The money is not taken, and never will be under this key.
    Declined {
        /// In words for the customer.
        reason: String,
    },
}

/// A payment provider, as this project needs one.
///
/// Every call carries the order's id as its idempotency key: a repeated call moves nothing and
/// gets the first answer. An error means that nobody knows what happened.
pub trait Provider: Send + Sync {
    /// Takes the money for `order`.
    fn charge<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, anyhow::Result<Verdict>>;

    /// Says what became of a charge, and sees to it that an unknown one never succeeds. An error
    /// for as long as one still might.
    fn settle_unknown(&self, id: OrderId) -> BoxFuture<'_, anyhow::Result<Verdict>>;

    /// Gives all the money of `order` back; returns the provider's own name for that.
    fn refund<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, anyhow::Result<String>>;
}

/// The provider that was asked for.
pub(crate) fn provider(config: &Config, streams: &Streams) -> anyhow::Result<Arc<dyn Provider>> {
    Ok(match config.payment_provider {
        PaymentProvider::Simulated => Arc::new(simulated::Simulated::new(streams.clone())),
        PaymentProvider::Toss => {
            let secret_key =
                config.toss_secret_key.as_deref().context("reading TOSS_SECRET_KEY")?;
            Arc::new(toss::Toss::new(&config.toss_url, secret_key)?)
        }
    })
}
