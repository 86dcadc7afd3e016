//! What operators see of orders and entries that did not go as they should.

use domain::{Effect, OrderId};
use schemars::JsonSchema;
use serde::Serialize;
use streams::{Dead, Stuck};

use super::names::OrderIdText;
use super::{Audience, Instant, OrderView};

/// An order that needs a person or is owed something.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "StuckOrder")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "StuckOrder"))]
pub struct StuckOrderView {
    #[serde(flatten)]
    pub order: OrderView,
    /// What it is owed; nothing if it only needs a person.
    pub owed: Option<Owed>,
    /// Since when there has always been a reason to show it here.
    pub since: Instant,
}

/// What an order is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Owed {
    /// Its money has to be taken.
    Charge,
    /// The provider has to say what became of its money.
    Inquire,
    /// Its money has to be given back.
    Refund,
}

impl From<&Stuck> for StuckOrderView {
    fn from(stuck: &Stuck) -> StuckOrderView {
        StuckOrderView {
            order: OrderView::of(&stuck.order, Audience::Operator),
            owed: stuck.owed.map(|effect| match effect {
                Effect::Charge => Owed::Charge,
                Effect::Inquire => Owed::Inquire,
                Effect::Refund => Owed::Refund,
            }),
            since: Instant(stuck.since),
        }
    }
}

/// An entry that no worker could work on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeadLetter")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "DeadLetter"))]
pub struct DeadLetterView {
    pub id: String,
    /// Which workers gave it up.
    pub group: String,
    #[schemars(with = "Option<OrderIdText>")]
    #[cfg_attr(test, ts(as = "Option<String>"))]
    pub order_id: Option<OrderId>,
    pub reason: String,
    pub at: Instant,
}

impl From<Dead> for DeadLetterView {
    fn from(dead: Dead) -> DeadLetterView {
        let Dead { id, group, order, reason, at } = dead;
        DeadLetterView { id, group, order_id: order, reason, at: Instant(at) }
    }
}
