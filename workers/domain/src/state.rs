//! Where things stand: the order, its payment, its delivery.

use serde::{Deserialize, Serialize};

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Asked for, not paid.
    PaymentPending,
    /// Paid; the store has to answer.
    Placed,
    /// The store will cook it.
    Accepted,
    /// On the stove.
    Cooking,
    /// Ready to be picked up.
    Cooked,
    /// With the rider.
    Delivering,
    /// With the customer.
    Delivered,
    /// The payment was declined.
    PaymentFailed,
    /// The store said no.
    Rejected,
    /// Called off by anybody else, or by the store after it had accepted.
    Canceled,
}

impl State {
    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            State::PaymentPending => "결제대기",
            State::Placed => "주문됨",
            State::Accepted => "주문접수됨",
            State::Cooking => "조리시작됨",
            State::Cooked => "조리완료됨",
            State::Delivering => "배달시작됨",
            State::Delivered => "배달완료됨",
            State::PaymentFailed => "결제실패",
            State::Rejected => "주문거절됨",
            State::Canceled => "주문취소됨",
        }
    }

    /// Whether nothing more happens to the order itself. Money may still be owed.
    pub fn is_ended(self) -> bool {
        use State::*;
        matches!(self, Delivered | PaymentFailed | Rejected | Canceled)
    }

    /// Whether it ended without food and with the money due back, if there was any.
    pub fn is_called_off(self) -> bool {
        matches!(self, State::Rejected | State::Canceled)
    }
}

/// Where the money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentState {
    /// Nobody knows yet.
    Pending,
    /// With us.
    Approved,
    /// With the customer: the provider said no.
    Declined,
    /// Due back.
    RefundPending,
    /// Due back, and the provider keeps failing: a person has to look.
    RefundStuck,
    /// Given back.
    Refunded,
}

/// Where the delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryState {
    /// Not thought of yet.
    None,
    /// Riders may see it coming; nobody can claim it.
    Announced,
    /// Anybody near may claim it.
    Open,
    /// A rider is on the way to the store.
    Claimed,
    /// A rider is on the way to the customer.
    PickedUp,
    /// Done.
    Completed,
    /// Not wanted any more.
    Withdrawn,
}

/// Why a person should look at an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Attention {
    /// Half of the time to answer has passed.
    StoreSlow,
    /// No rider has taken the job for long.
    NoRider,
    /// The rider with the food has not been heard of.
    RiderSilent,
    /// One of the parties asked for help.
    Problem,
    /// The money cannot be given back.
    RefundStuck,
}
