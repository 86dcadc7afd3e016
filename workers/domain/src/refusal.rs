//! Why something cannot be had.

use crate::State;

/// A reason that a person can be given. An answer, not a failure.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// It belongs to somebody else.
    #[error("this is not yours to change")]
    NotYours,
    /// Another rider was faster.
    #[error("another rider has taken this job")]
    Taken,
    /// The kitchen has begun.
    #[error("cooking has started, so the order cannot be canceled any more")]
    CancelTooLate,
    /// The order is elsewhere in its life.
    #[error("this is not possible while the order is {}", .0.label())]
    WrongState(State),
    /// The ten seconds are over, or something has happened since.
    #[error("this can no longer be undone")]
    UndoTooLate,
    /// The rider is outside the ring.
    #[error("you are {meters} m away and the job is offered within {ring_meters} m")]
    TooFar {
        /// How far the rider is from the store.
        meters: u32,
        /// How far the job is offered.
        ring_meters: u32,
    },
    /// The rider holds as many jobs as anybody may.
    #[error("you already have {0} jobs")]
    TooManyJobs(usize),
    /// The rider gave this job back a moment ago.
    #[error("you released this job; others go first for a while")]
    ReleasedByYou,
    /// The rider is offline, or has not said where they are for too long.
    #[error("go online and report where you are first")]
    PositionUnknown,
    /// The store takes no orders now.
    #[error("the store takes no orders now")]
    StoreClosed,
    /// The store works on as many orders as it wants.
    #[error("the store has all the orders it can take right now")]
    StoreFull,
    /// Something is sold out.
    #[error("{0} is sold out")]
    SoldOut(String),
    /// The address is too far from the store.
    #[error("the address is {meters} m away and the store delivers within {radius_meters} m")]
    OutOfArea {
        /// How far the address is from the store.
        meters: u32,
        /// How far the store delivers.
        radius_meters: u32,
    },
    /// What was asked for makes no sense.
    #[error("{detail}")]
    Invalid {
        /// Where in the body, as a JSON pointer.
        pointer: String,
        /// What is wrong there, in words.
        detail: String,
    },
}

impl Refusal {
    /// Something in the body makes no sense.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Refusal {
        Refusal::Invalid { pointer: pointer.into(), detail: detail.into() }
    }
}
