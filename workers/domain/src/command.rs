//! What somebody wants to happen.

use serde::{Deserialize, Serialize};

use crate::{
    CancelReason, CommandId, CustomerId, OperatorId, Point, RejectReason, RiderId, Sighting,
    StoreId,
};

/// Whose doing something is. It comes from a token, or from a worker itself; never from a body.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Actor {
    /// A customer.
    Customer(CustomerId),
    /// A store.
    Store(StoreId),
    /// A rider.
    Rider(RiderId),
    /// An operator.
    Operator(OperatorId),
    /// A worker or a timer.
    System,
}

impl Actor {
    /// The kind of actor, as apps know it.
    pub fn kind(&self) -> &'static str {
        match self {
            Actor::Customer(_) => "customer",
            Actor::Store(_) => "store",
            Actor::Rider(_) => "rider",
            Actor::Operator(_) => "operator",
            Actor::System => "system",
        }
    }
}

/// What ties an event to its making.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    /// This command, however often it is sent.
    pub command: CommandId,
    /// The command that caused this one, when one did.
    pub cause: Option<CommandId>,
}

impl Trace {
    /// A command that somebody gave of their own accord.
    pub fn of(command: CommandId) -> Trace {
        Trace { command, cause: None }
    }
}

/// A wish concerning one existing order.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// The provider has taken the money.
    ConfirmPayment {
        /// The provider's own name for the payment.
        approval: String,
    },
    /// The provider said no, or knows nothing of it and never will.
    DeclinePayment {
        /// In words for the customer.
        reason: String,
    },
    /// The payment has been unanswered for too long.
    AskAboutPayment,
    /// The provider could not say what became of the payment.
    RecordInquiryFailure {
        /// In the provider's words.
        reason: String,
    },
    /// A board of the store has the ticket.
    ReceiveTicket {
        /// Whose board.
        by: StoreId,
    },
    /// Half of the time to answer has passed.
    RemindStore,
    /// The store will cook it.
    Accept {
        /// Which store.
        by: StoreId,
        /// In how many minutes the food is promised.
        cook_minutes: u32,
    },
    /// The store has asked that orders are accepted for it.
    AutoAccept {
        /// In how many minutes the food is promised.
        cook_minutes: u32,
    },
    /// The store says no to a new order.
    Reject {
        /// Which store.
        by: StoreId,
        /// Why.
        reason: RejectReason,
    },
    /// The cook begins.
    StartCook {
        /// Which store.
        by: StoreId,
    },
    /// It takes longer.
    DelayCook {
        /// Which store.
        by: StoreId,
        /// By how many minutes.
        minutes: u32,
    },
    /// It is ready.
    FinishCook {
        /// Which store.
        by: StoreId,
    },
    /// The cook takes the last tap back.
    Undo {
        /// Which store.
        by: StoreId,
    },
    /// The store calls off what it had accepted.
    CancelByStore {
        /// Which store.
        by: StoreId,
        /// Why.
        reason: CancelReason,
    },
    /// The store knows that the order was called off.
    Acknowledge {
        /// Which store.
        by: StoreId,
    },
    /// The customer calls it off.
    Cancel {
        /// Who.
        by: CustomerId,
    },
    /// A rider wants the job.
    Claim {
        /// Who.
        by: RiderId,
        /// Where they were last.
        from: Sighting,
    },
    /// A rider gives the job back.
    Release {
        /// Who.
        by: RiderId,
        /// Why.
        reason: String,
    },
    /// A rider has the food; claims the job in the same step if nobody had.
    Pick {
        /// Who.
        by: RiderId,
        /// Where they were last; nothing of somebody who only picks up what is theirs.
        from: Option<Sighting>,
    },
    /// The customer has the food.
    Confirm {
        /// Who says so.
        by: RiderId,
    },
    /// Somebody asks for help.
    ReportProblem {
        /// Who.
        by: Actor,
        /// What is wrong.
        reason: String,
    },
    /// The store did not answer, or no board was there: calls the order off.
    GiveUpOnStore,
    /// The job is offered further away.
    WidenRing,
    /// People are told that no rider comes.
    AlertNoRider,
    /// No rider came: calls the order off.
    GiveUpOnRiders,
    /// The provider has given the money back.
    RecordRefund {
        /// The provider's own name for the refund.
        refund: String,
    },
    /// The provider has not given the money back.
    RecordRefundFailure {
        /// In the provider's words.
        reason: String,
    },
    /// It is time to try a refund again.
    RetryRefund,
    /// The rider who holds the job has not been heard of for too long.
    NoticeSilence {
        /// Who was silent; somebody else may hold it by now.
        rider: RiderId,
    },
    /// The rider who has the food may be about to arrive.
    NoticeApproach {
        /// Who reported it; somebody else may hold it by now.
        rider: RiderId,
        /// Where they are. Kept nowhere.
        from: Point,
    },
    /// An operator calls it off.
    ForceCancel {
        /// Who.
        by: OperatorId,
        /// Why, for the audit.
        reason: String,
    },
    /// An operator takes the job away from its rider and offers it again.
    Reassign {
        /// Who.
        by: OperatorId,
        /// Why, for the audit.
        reason: String,
    },
    /// An operator knows that the customer has the food.
    ForceComplete {
        /// Who.
        by: OperatorId,
        /// Why, for the audit.
        reason: String,
    },
    /// An operator wants a stuck refund tried again.
    ReopenRefund {
        /// Who.
        by: OperatorId,
    },
    /// An operator has given the money back by hand.
    SettleRefund {
        /// Who.
        by: OperatorId,
        /// How it can be found again.
        reference: String,
    },
}

impl Command {
    /// Whose doing this is.
    pub fn actor(&self) -> Actor {
        use Command::*;
        match self {
            ReceiveTicket { by }
            | Accept { by, .. }
            | Reject { by, .. }
            | StartCook { by }
            | DelayCook { by, .. }
            | FinishCook { by }
            | Undo { by }
            | CancelByStore { by, .. }
            | Acknowledge { by } => Actor::Store(by.clone()),
            Cancel { by } => Actor::Customer(by.clone()),
            Claim { by, .. } | Release { by, .. } | Pick { by, .. } | Confirm { by } => {
                Actor::Rider(by.clone())
            }
            ForceCancel { by, .. }
            | Reassign { by, .. }
            | ForceComplete { by, .. }
            | ReopenRefund { by }
            | SettleRefund { by, .. } => Actor::Operator(by.clone()),
            ReportProblem { by, .. } => by.clone(),
            ConfirmPayment { .. }
            | DeclinePayment { .. }
            | AskAboutPayment
            | RecordInquiryFailure { .. }
            | RemindStore
            | AutoAccept { .. }
            | GiveUpOnStore
            | WidenRing
            | AlertNoRider
            | GiveUpOnRiders
            | RecordRefund { .. }
            | RecordRefundFailure { .. }
            | RetryRefund
            | NoticeSilence { .. }
            | NoticeApproach { .. } => Actor::System,
        }
    }
}
