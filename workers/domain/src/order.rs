//! An order: everything that is true of it now.
//!
//! What it has not is not written: a feed carries every order whole with each of its events.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::{
    Actor, Attention, CancelReason, CommandId, CustomerId, DeliveryState, OrderId, PaymentState,
    Point, RejectReason, RiderId, Rules, State, StoreId, Timestamp,
};

/// How the customer pays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentMethod {
    /// Kind of payment, `card` for one.
    pub method: String,
    /// What the provider takes as proof of it. Never shown, never logged.
    pub token: String,
}

/// The payment of an order.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// Where the money is.
    pub state: PaymentState,
    /// How it is paid.
    pub by: PaymentMethod,
    /// The provider's own name for it, once approved.
    pub approval: Option<String>,
    /// Why it was declined.
    pub declined: Option<String>,
    /// When the provider is asked what became of it.
    pub check_at: Option<Timestamp>,
    /// Whether that instant has come.
    pub is_overdue: bool,
    /// How often the provider was asked what became of it and could not say.
    #[serde(default)]
    pub inquiry_tries: u32,
    /// How often a refund failed.
    pub refund_tries: u32,
    /// When a failed refund is tried again; nothing while one is due now.
    pub refund_retry_at: Option<Timestamp>,
}

/// The delivery of an order.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Where it stands.
    pub state: DeliveryState,
    /// Who holds it.
    pub rider: Option<RiderId>,
    /// How far from the store they were when they took it.
    #[serde(default)]
    pub claimed_meters: Option<u32>,
    /// What the rider earns.
    pub fee_won: u64,
    /// From the store to the customer, as the crow flies.
    pub meters: u32,
    /// How long it is expected to take until a rider has the food.
    pub pickup_millis: u64,
    /// How long the ride to the customer is expected to take.
    pub ride_millis: u64,
    /// When it was first open. Kept when a rider drops it.
    pub opened_at: Option<Timestamp>,
    /// Which of the rings is searched.
    pub ring: usize,
    /// When the ring widens.
    pub widen_at: Option<Timestamp>,
    /// When people are told that nobody takes it.
    pub alert_at: Option<Timestamp>,
    /// When the order is called off because nobody took it.
    pub give_up_at: Option<Timestamp>,
    /// Whether a rider has been about to arrive.
    #[serde(default)]
    pub approached: bool,
    /// Who released it, and until when they may not have it back.
    pub released: Vec<(RiderId, Timestamp)>,
}

impl Delivery {
    /// Radius of the ring that is searched.
    pub fn ring_meters(&self) -> u32 {
        let rings = Rules::RINGS_METERS;
        // Whoever wrote a wider one knew more of them.
        rings[self.ring.min(rings.len() - 1)]
    }
}

/// The store as it was when the order was placed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shop {
    /// Its id.
    pub id: StoreId,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub position: Point,
}

/// Where the food goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Address {
    /// As a person reads it.
    pub text: String,
    /// As a map reads it.
    pub position: Point,
}

/// Something ordered, with its price at that time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Its id on the menu.
    pub menu_id: String,
    /// Its name.
    pub name: String,
    /// The chosen options.
    pub options: Vec<String>,
    /// How many.
    pub quantity: u32,
    /// Price of one.
    pub price_won: u64,
}

/// When the food is expected at the door.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Eta {
    /// Not before.
    pub from: Timestamp,
    /// Not after.
    pub to: Timestamp,
    /// The end of the first window that was promised.
    pub first_promise: Timestamp,
    /// Why it is not the first promise any more, as the event that moved it.
    pub cause: Option<Milestone>,
}

/// The name of an event, as apps know it.
pub type Milestone = Cow<'static, str>;

/// Something that happened, for people to read.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What.
    pub event: Milestone,
    /// When.
    pub at: Timestamp,
    /// Whose doing.
    pub by: Actor,
    /// Why, in words or as a code.
    pub reason: Option<String>,
}

/// What a tap replaced, and until when it can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Undo {
    /// The last instant.
    pub until: Timestamp,
    /// The version right after the tap; anything later makes it final.
    pub version: u64,
}

/// One order, whole: kitchen, payment and delivery change together or not at all.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// How many events have happened to it.
    pub version: u64,
    /// What the store calls out: small, and unique within the store for long.
    pub number: u64,
    /// Who ordered.
    pub customer: CustomerId,
    /// Who cooks.
    pub shop: Shop,
    /// What.
    pub items: Vec<Item>,
    /// Price of it all, computed here.
    pub total_won: u64,
    /// Where to.
    pub address: Address,
    /// What the customer wants the others to know.
    pub note: String,
    /// Where it stands.
    pub state: State,
    /// The money.
    pub payment: Payment,
    /// The ride.
    pub delivery: Delivery,
    /// Why a person should look at it.
    pub attention: Option<Attention>,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it was placed: paid for.
    pub placed_at: Option<Timestamp>,
    /// By when some board must have received it.
    pub reach_by: Option<Timestamp>,
    /// When the store is reminded.
    pub remind_at: Option<Timestamp>,
    /// By when the store must answer; nothing before a board has received the ticket.
    pub accept_by: Option<Timestamp>,
    /// When the food should be ready.
    pub cook_due_at: Option<Timestamp>,
    /// When it was.
    pub cooked_at: Option<Timestamp>,
    /// When the customer should have it.
    pub eta: Option<Eta>,
    /// What can be taken back.
    pub undo: Option<Undo>,
    /// Why the store said no.
    pub rejected: Option<RejectReason>,
    /// Why it was called off, and by whom.
    pub canceled: Option<(Actor, CancelReason)>,
    /// Whether the store has seen that it was called off.
    pub acknowledged: bool,
    /// The command that changed it last.
    pub last_command: CommandId,
    /// What happened so far.
    pub steps: Vec<Step>,
}

impl Order {
    /// Whether its store has a ticket for it: from payment to pick-up, and struck through until
    /// acknowledged if somebody else called it off.
    pub fn is_on_board(&self) -> bool {
        use State::*;
        match self.state {
            Placed | Accepted | Cooking | Cooked => true,
            Canceled => self.is_to_acknowledge(),
            PaymentPending | Delivering | Delivered | PaymentFailed | Rejected => false,
        }
    }

    /// Whether it was called off behind the store's back, and the store has not said that it knows.
    pub fn is_to_acknowledge(&self) -> bool {
        let by_store = matches!(self.canceled, Some((Actor::Store(_), _)));
        self.state == State::Canceled && self.placed_at.is_some() && !by_store && !self.acknowledged
    }

    /// Whether riders near it are shown the job: a preview, or one to claim.
    pub fn is_job_on_offer(&self) -> bool {
        matches!(self.delivery.state, DeliveryState::Announced | DeliveryState::Open)
    }

    /// Whether somebody holds it and has not delivered it.
    pub fn is_job_active(&self) -> bool {
        matches!(self.delivery.state, DeliveryState::Claimed | DeliveryState::PickedUp)
    }

    /// Whether this rider holds the job, or held it last.
    pub fn is_held_by(&self, rider: &RiderId) -> bool {
        self.delivery.rider.as_ref() == Some(rider)
    }

    /// Whether this customer may call it off.
    pub fn is_cancelable(&self) -> bool {
        matches!(self.state, State::PaymentPending | State::Placed | State::Accepted)
    }

    /// Whether money is on its way back.
    pub fn is_refund_owed(&self) -> bool {
        self.payment.state == PaymentState::RefundPending
    }

    /// Radius in which the job is offered, while it is.
    pub fn ring_meters(&self) -> Option<u32> {
        (self.delivery.state == DeliveryState::Open).then(|| self.delivery.ring_meters())
    }
}
