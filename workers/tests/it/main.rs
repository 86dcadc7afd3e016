//! The workers from outside, against a Redis of their own.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod beside_orders;
mod calling_off;
mod crashes;
mod health;
mod paying;
mod telling;
mod world;

use world::World;
