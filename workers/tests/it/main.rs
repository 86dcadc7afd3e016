//! The workers from outside, against a Redis of their own.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod beside_orders;
mod calling_off;
#[path = "../../examples/coupons.rs"]
#[expect(dead_code, reason = "its `main` is for the program")]
mod coupons;
mod crashes;
mod health;
mod outages;
mod paying;
mod rebuilding;
mod storms;
mod subscribing;
mod telling;
mod toss;
mod world;

use world::World;
