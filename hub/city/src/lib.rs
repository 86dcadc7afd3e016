//! A simulated neighbourhood: stores, customers and riders as ordinary clients of the hub.
//!
//! The demo, the load and the soak are this crate. It knows of the hub what `GET /openapi.json`
//! knows, and nothing of Redis.
//!
//! # Layout
//! - [`streets`]: the street graph, which is the map and the riders' roads at once.
//! - [`neighbourhood`]: who lives and works there.
//! - [`tempo`]: the clock they live by.
//! - [`client`]: an app's way to the hub, HTTP and socket.
//! - [`people`]: customers, cooks and riders, each a task.
//! - [`troubles`]: what can be done to them on purpose.
//! - [`besiegers`]: many people who ask for their orders as fast as they are answered.
//! - [`control`]: the city's own paths: the map, the speed, who is played by a human, trouble.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub mod besiegers;
pub mod client;
pub mod control;
pub mod neighbourhood;
pub mod people;
pub mod streets;
pub mod tempo;
pub mod troubles;

mod city;

pub use city::City;
