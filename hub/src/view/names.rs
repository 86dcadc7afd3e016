//! The names by which apps know the values of the domain's enums, and how ids are spelt: for those
//! who describe what is sent. The values themselves are the domain's.

use std::borrow::Cow;

#[cfg(test)]
use domain::{Attention, CancelReason, DeliveryState, PausedBy, PaymentState, RejectReason, State};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

/// Defines the names by which apps know the values of a domain enum. A value that is missing here
/// is a compile error, one that is spelt differently fails the test below.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident: $type:ident { $($value:ident)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Serialize, JsonSchema)]
            #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
            #[cfg_attr(test, derive(ts_rs::TS))]
            #[cfg_attr(not(test), expect(dead_code, reason = "described, and never made"))]
            pub(crate) enum $name { $($value),* }

            #[cfg(test)]
            impl From<$type> for $name {
                fn from(value: $type) -> $name {
                    match value { $($type::$value => $name::$value),* }
                }
            }
        )*

        #[test]
        fn apps_know_values_by_the_names_that_are_sent() {
            $($(
                let sent = serde_json::to_string(&$type::$value).unwrap();
                assert_eq!(serde_json::to_string(&$name::from($type::$value)).unwrap(), sent);
            )*)*
        }
    };
}

names! {
    StateName: State {
        PaymentPending Placed Accepted Cooking Cooked Delivering Delivered PaymentFailed Rejected
        Canceled
    }
    PaymentStateName: PaymentState {
        Pending Approved Declined RefundPending RefundStuck Refunded
    }
    DeliveryStateName: DeliveryState {
        None Announced Open Claimed PickedUp Completed Withdrawn
    }
    AttentionName: Attention { StoreSlow NoRider RiderSilent Problem RefundStuck }
    RejectReasonName: RejectReason { SoldOut TooBusy Closing OutOfArea Capacity Other }
    PausedByName: PausedBy { Store Operator Silence }
    CancelReasonName: CancelReason {
        CustomerChangedMind StoreTimeout StoreUnreachable StoreSoldOut StoreTooBusy StoreClosing
        StoreOther NoRider DeliveryFailed Operator PaymentUnknown
    }
}

/// Describes text of one spelling.
macro_rules! spelling {
    ($($(#[$doc:meta])* $name:ident $schema:tt)*) => {
        $(
            $(#[$doc])*
            pub(crate) struct $name;

            impl JsonSchema for $name {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn inline_schema() -> bool {
                    true
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!($schema)
                }
            }
        )*
    };
}

spelling! {
    /// The id of a store or a person.
    IdText { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$" }
    /// The id of an order.
    OrderIdText {
        "type": "string",
        "format": "uuid",
        "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
    }
    /// An instant.
    InstantText { "type": "string", "format": "date-time" }
}
