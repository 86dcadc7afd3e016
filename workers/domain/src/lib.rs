//! What an order is and what may happen to it.
//!
//! Pure: no clock, no dice, no environment. [`decide`] says which events a command causes,
//! [`evolve`] what an event changes, [`react`] what the world owes an order now and [`deadline`]
//! which instant comes next. Where orders are kept and who is told of them is not known here.

mod command;
mod deadline;
mod decide;
mod event;
mod evolve;
mod geo;
mod ids;
mod order;
mod place;
mod react;
mod reason;
mod refusal;
mod rules;
mod state;
mod store;
mod time;

pub use command::{Actor, Command, Trace};
pub use deadline::{Deadline, deadline};
pub use decide::decide;
pub use event::{Event, Recorded, Request, Search};
pub use evolve::{evolve, fold};
pub use geo::{Point, Sighting};
pub use ids::{CommandId, CustomerId, InvalidId, OperatorId, OrderId, RiderId, StoreId};
pub use order::{
    Address, Delivery, Eta, Item, Milestone, Order, Payment, PaymentMethod, Shop, Step, Undo,
};
pub use place::{Basket, BasketItem, place};
pub use react::{Effect, react};
pub use reason::{CancelReason, RejectReason};
pub use refusal::Refusal;
pub use rules::Rules;
pub use state::{Attention, DeliveryState, PaymentState, State};
pub use store::{MenuItem, PausedBy, Store};
pub use time::Timestamp;
