//! Why an order was called off, or never begun.

use serde::{Deserialize, Serialize};

/// Defines reasons as an enum that is spelt the same in Rust, in storage and for apps.
macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $code)] $variant,)*
        }

        impl $name {
            /// Every one of them.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// As it is stored and shown.
            pub fn code(self) -> &'static str {
                match self {
                    $($name::$variant => $code,)*
                }
            }
        }
    };
}

reasons! {
    /// Why an order was called off.
    CancelReason {
        /// The customer thought again.
        CustomerChangedMind = "CUSTOMER_CHANGED_MIND",
        /// The store did not answer in time.
        StoreTimeout = "STORE_TIMEOUT",
        /// No board of the store received it in time.
        StoreUnreachable = "STORE_UNREACHABLE",
        /// The store has run out of something.
        StoreSoldOut = "STORE_SOLD_OUT",
        /// The store cannot keep up.
        StoreTooBusy = "STORE_TOO_BUSY",
        /// The store is closing.
        StoreClosing = "STORE_CLOSING",
        /// The store has another reason.
        StoreOther = "STORE_OTHER",
        /// No rider came.
        NoRider = "NO_RIDER",
        /// The food could not be handed over.
        DeliveryFailed = "DELIVERY_FAILED",
        /// An operator stepped in.
        Operator = "OPERATOR",
        /// Nobody can say what became of the payment.
        PaymentUnknown = "PAYMENT_UNKNOWN",
    }
}

reasons! {
    /// Why a store says no to a new order.
    RejectReason {
        /// It has run out of something.
        SoldOut = "SOLD_OUT",
        /// It cannot keep up.
        TooBusy = "TOO_BUSY",
        /// It is closing.
        Closing = "CLOSING",
        /// The address is too far after all.
        OutOfArea = "OUT_OF_AREA",
        /// It has all the orders it can take.
        Capacity = "CAPACITY",
        /// Another reason.
        Other = "OTHER",
    }
}
