//! What an app is shown, and the only place that says so.
//!
//! A view depends on the order alone: not on the clock, nor on the hub. So for equal versions
//! every hub answers and pushes the same bytes. What is near to whom depends on where riders are;
//! it is never part of an order's view, but said beside it.

#[cfg(test)]
mod contract;
mod customer;
mod job;
pub(crate) mod names;
mod near;
mod offer;
mod ops;
mod order;
mod payment;
mod progress;
mod rider;
mod store;
mod ticket;

use std::borrow::Cow;

use domain::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use names::InstantText;

pub use customer::{AlertView, OrderStatusView};
pub use job::JobView;
pub use near::{RiderDistanceView, RiderPlaceView, RidersMapView, RidersNearView};
pub(crate) use offer::{Offer, Offered, Terms};
pub use ops::{DeadLetterView, StuckOrderView};
pub use order::{AddressView, OrderView, StepView, timeline, traced_timeline};
pub use payment::PaymentView;
pub use progress::{ProgressView, is_far_from_door};
pub use rider::RiderView;
pub use store::{MenuItemView, StoreView};
pub use ticket::TicketView;

/// In whose eyes an order is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Who ordered it: everything.
    Customer,
    /// Who cooks it: not where it goes.
    Store,
    /// Who rides it: where it goes, once it is theirs.
    Rider,
    /// Who helps: everything.
    Operator,
}

/// In whose eyes news of an order are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Eyes {
    /// Somebody who has a part in it.
    Party(Audience),
    /// Somebody who only has a link.
    Guest,
}

impl Audience {
    fn sees_address(self) -> bool {
        self != Audience::Store
    }
}

/// An instant as apps read it: RFC 3339, UTC, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(test, derive(ts_rs::TS), ts(as = "String"))]
pub struct Instant(pub Timestamp);

impl JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        InstantText::json_schema(generator)
    }
}

impl Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // One that no calendar has comes of a bug, and is no reason to show nothing at all.
        let millis = i64::try_from(self.0.0).unwrap_or(i64::MAX);
        let at = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
        serializer.collect_str(&format_args!("{at:.3}"))
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let at: jiff::Timestamp = text.parse().map_err(serde::de::Error::custom)?;
        let millis = u64::try_from(at.as_millisecond()).map_err(serde::de::Error::custom)?;
        Ok(Instant(Timestamp(millis)))
    }
}
