//! What has happened. Facts, in the past tense, kept for ever.

use serde::{Deserialize, Serialize};

use crate::{
    Actor, Address, CancelReason, CommandId, CustomerId, Item, PaymentMethod, RejectReason,
    RiderId, Rules, Shop, State, Timestamp,
};

/// An event with everything that is known of its making.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// When, by the clock of the store of orders.
    pub at: Timestamp,
    /// Whose doing.
    pub by: Actor,
    /// The command that caused it.
    pub command: CommandId,
    /// The command that caused that command, when one did: a worker acts because of another's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<CommandId>,
    /// What.
    pub event: Event,
}

/// What a customer asked for, checked and priced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// What the store calls out.
    pub number: u64,
    /// Who ordered.
    pub customer: CustomerId,
    /// Who cooks.
    pub shop: Shop,
    /// What.
    pub items: Vec<Item>,
    /// Price of it all.
    pub total_won: u64,
    /// Where to.
    pub address: Address,
    /// What the customer wants the others to know.
    pub note: String,
    /// How it is paid.
    pub payment: PaymentMethod,
    /// When an unanswered payment is asked about.
    pub check_at: Timestamp,
    /// What the rider earns.
    pub fee_won: u64,
    /// From the store to the customer, as the crow flies.
    pub meters: u32,
    /// How long it is expected to take until a rider has the food.
    pub pickup_millis: u64,
    /// How long the ride to the customer is expected to take.
    pub ride_millis: u64,
}

/// Something that happened to an order.
///
/// Stored for ever: a field may be added with a default, none may change its meaning or go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A customer asked for food.
    OrderRequested(Box<Request>),
    /// The provider has taken the money.
    PaymentApproved {
        /// The provider's own name for the payment.
        approval: String,
    },
    /// It is paid and the store's turn.
    OrderPlaced {
        /// By when some board must have received it.
        reach_by: Timestamp,
    },
    /// The provider said no.
    PaymentDeclined {
        /// In the provider's words.
        reason: String,
    },
    /// The provider has not answered for too long.
    PaymentOverdue,
    /// The provider could not say what became of the payment.
    InquiryFailed {
        /// In the provider's words.
        reason: String,
        /// When it is asked again.
        retry_at: Timestamp,
    },
    /// A board of the store has it.
    OrderInfoTransferred {
        /// When the store is reminded.
        remind_at: Timestamp,
        /// By when the store must answer.
        accept_by: Timestamp,
    },
    /// Half of the time to answer has passed.
    StoreReminded,
    /// The store will cook it.
    OrderAccepted {
        /// When the food should be ready.
        cook_due_at: Timestamp,
    },
    /// The store said no.
    OrderRejected {
        /// Why.
        reason: RejectReason,
    },
    /// The cook began.
    CookStarted {
        /// Until when the tap can be taken back.
        undo_until: Timestamp,
    },
    /// It takes longer.
    CookDelayed {
        /// When the food should be ready instead.
        cook_due_at: Timestamp,
    },
    /// It is ready.
    CookFinished {
        /// Until when the tap can be taken back.
        undo_until: Timestamp,
        /// What happens if no rider comes.
        search: Search,
    },
    /// The cook took the last tap back.
    StatusReverted {
        /// Where the order stands again.
        to: State,
    },
    /// Called off.
    OrderCanceled {
        /// Why.
        reason: CancelReason,
    },
    /// The store knows that it was called off.
    TicketAcknowledged,
    /// A rider took the job.
    JobClaimed {
        /// Who.
        rider: RiderId,
        /// How far from the store they were, as the crow flies.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        meters: Option<u32>,
    },
    /// A rider gave the job back, or it was taken away.
    JobReleased {
        /// In whose words or the system's.
        reason: String,
        /// Until when this rider cannot have it again.
        cooldown_until: Timestamp,
        /// What happens if no other rider comes.
        search: Search,
    },
    /// The job is offered further away.
    RingWidened {
        /// Which of the rings it is offered in.
        ring: usize,
        /// When it widens again, if it can.
        widen_at: Option<Timestamp>,
    },
    /// No rider has come for so long that people should know.
    RiderMissing,
    /// A rider has the food.
    DeliveryStarted {
        /// Who.
        rider: RiderId,
    },
    /// The customer has the food.
    DeliveryCompleted,
    /// Somebody asked for help.
    ProblemReported {
        /// In their words.
        reason: String,
    },
    /// The provider has given the money back.
    PaymentRefunded {
        /// The provider's own name for the refund, or an operator's reference.
        refund: String,
    },
    /// The provider has not given the money back.
    RefundFailed {
        /// In the provider's words.
        reason: String,
        /// When it is tried again; nothing when a person has to look.
        retry_at: Option<Timestamp>,
    },
    /// It is time to try a refund again.
    RefundDue,
    /// An operator had another look at a refund: it is tried afresh.
    RefundReopened,
    /// The rider has not been heard of while holding the food.
    RiderWentSilent,
    /// The rider is about to arrive.
    RiderApproached,
    /// An operator stepped in; what it led to are the events beside it.
    OperatorActed {
        /// What was done, as the command's name.
        action: String,
        /// Why, in their words.
        reason: String,
    },
}

/// When something is done about a job that nobody takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Search {
    /// The ring widens.
    pub widen_at: Option<Timestamp>,
    /// People are told.
    pub alert_at: Timestamp,
    /// The order is called off.
    pub give_up_at: Timestamp,
}

impl Search {
    /// A search that begins `now`, in this one of the rings.
    pub(crate) fn begin(ring: usize, now: Timestamp, rules: &Rules) -> Search {
        let can_widen = ring.saturating_add(1) < Rules::RINGS_METERS.len();
        Search {
            widen_at: can_widen.then(|| now + rules.ring_step),
            alert_at: now + rules.no_rider_alert,
            give_up_at: now + rules.no_rider_cancel,
        }
    }
}

impl Event {
    /// Its name, as apps know it.
    pub fn name(&self) -> &'static str {
        match self {
            Event::OrderRequested(_) => "OrderRequested",
            Event::PaymentApproved { .. } => "PaymentApproved",
            Event::OrderPlaced { .. } => "OrderPlaced",
            Event::PaymentDeclined { .. } => "PaymentDeclined",
            Event::PaymentOverdue => "PaymentOverdue",
            Event::InquiryFailed { .. } => "InquiryFailed",
            Event::OrderInfoTransferred { .. } => "OrderInfoTransferred",
            Event::StoreReminded => "StoreReminded",
            Event::OrderAccepted { .. } => "OrderAccepted",
            Event::OrderRejected { .. } => "OrderRejected",
            Event::CookStarted { .. } => "CookStarted",
            Event::CookDelayed { .. } => "CookDelayed",
            Event::CookFinished { .. } => "CookFinished",
            Event::StatusReverted { .. } => "StatusReverted",
            Event::OrderCanceled { .. } => "OrderCanceled",
            Event::TicketAcknowledged => "TicketAcknowledged",
            Event::JobClaimed { .. } => "JobClaimed",
            Event::JobReleased { .. } => "JobReleased",
            Event::RingWidened { .. } => "RingWidened",
            Event::RiderMissing => "RiderMissing",
            Event::DeliveryStarted { .. } => "DeliveryStarted",
            Event::DeliveryCompleted => "DeliveryCompleted",
            Event::ProblemReported { .. } => "ProblemReported",
            Event::PaymentRefunded { .. } => "PaymentRefunded",
            Event::RefundFailed { .. } => "RefundFailed",
            Event::RefundDue => "RefundDue",
            Event::RefundReopened => "RefundReopened",
            Event::RiderWentSilent => "RiderWentSilent",
            Event::RiderApproached => "RiderApproached",
            Event::OperatorActed { .. } => "OperatorActed",
        }
    }

    /// Why, in words or as a code, for the timeline.
    pub fn reason(&self) -> Option<String> {
        match self {
            Event::PaymentDeclined { reason }
            | Event::InquiryFailed { reason, .. }
            | Event::ProblemReported { reason }
            | Event::RefundFailed { reason, .. }
            | Event::OperatorActed { reason, .. }
            | Event::JobReleased { reason, .. } => Some(reason.clone()),
            Event::OrderRejected { reason } => Some(reason.code().to_owned()),
            Event::OrderCanceled { reason } => Some(reason.code().to_owned()),
            _ => None,
        }
    }
}
