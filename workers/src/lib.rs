//! The hands: they pay what orders are owed, and remember nothing.
//!
//! The only crate that causes anything outside Redis. Any number of processes may run at once,
//! anywhere: which of them takes an entry is for the inbox to say, and whose word counts for the
//! order's version. What is owed is for `domain` to say, where it is kept for `streams`.
//!
//! # Layout
//! - [`start`]: all of it, in one process.
//! - `saga`: the loop that sees to the entries of a group.
//! - `settle`: group `payment`; asks a provider of `payments` and records the outcome.
//! - `gate`: keeps calls to a provider that fails few.
//! - `stores`, `riders`, `customers`: the other groups.
//! - `clock`: what is due, and trimming.
//! - [`rebuild`]: the customers' read side anew, from the logs.
//! - `admin`: health and metrics.
//!
//! # Invariants
//! - An effect outside carries the order's id as its idempotency key, so doing it twice is doing
//!   it once; no code here depends on being the only one at work.
//! - An entry is acknowledged after its outcome is recorded, never before.

mod admin;
mod clock;
mod config;
mod customers;
mod gate;
mod measures;
mod payments;
mod rebuild;
mod riders;
mod running;
mod saga;
mod settle;
mod stores;

pub use config::{Config, Role};
pub use payments::{Provider, Verdict};
pub use rebuild::{Rebuilt, rebuild};
pub use running::{Running, start, start_with};
