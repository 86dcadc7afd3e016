//! Orders on a real Redis, which every test starts for itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod boards;
mod clock;
mod cluster;
mod connection;
mod epochs;
mod feed;
mod hubs;
mod inbox;
mod lists;
mod mailbox;
mod orders;
mod place;
mod places;
mod relay;
mod replicas;
mod stores;
mod stuck;
mod tls;
mod tracks;
mod world;
