//! Orders on Redis Streams.
//!
//! The only crate that names a key or a script. It knows how to keep orders, stores and riders
//! and how to follow what happens to them; what may happen is for `domain` to say, what is shown
//! for the hub, what is done about it for the workers.
//!
//! # Layout
//! - [`Streams`]: the way in; one handle, cheap to clone.
//! - `address`, `node`, `nodes`, `slots`: which node has what, and how it is reached.
//! - `calls`, `link`, `redirect`: a call follows its slot.
//! - `commit`: changes that replicas have to have; [`Durability`] says whether.
//! - `append`: the one way in which an order changes.
//! - `orders`, `place`, `boards`, `lists`: load, execute, place, and what is read of many.
//! - `feed`: all news of a partition in order; [`Tail`] follows it.
//! - `inbox`: a consumer group's share of the feeds; `dead`: what a group has given up.
//! - `clock`: which orders are due; trimming.
//! - `stores`, `riders`, `customers`: what is kept beside orders; `answers`: whether a store does.
//! - `tracks`, `mailbox`: riders' positions, and messages from hub to hub; both by `pubsub`.
//! - `breaker`: whether charges may be begun.
//! - `stuck`: what a person should look at.
//! - `hubs`: how many hubs there are, and what they carry.
//! - `ledger`: what the simulated payment provider remembers.
//! - `retold`: entries by the thousand, for those who measure; not in any usual build.
//! - `crash`, `sabotage`, `fuzzing`: for those who break things on purpose; not in any usual build.
//! - [`Durations`]: the settings that hub and workers share.

#[cfg(feature = "crash-points")]
pub mod crash;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
#[cfg(feature = "sabotage")]
pub mod sabotage;

mod address;
mod answers;
mod append;
mod backlog;
mod backoff;
mod boards;
mod breaker;
mod calls;
mod clock;
mod commit;
mod confirm;
mod connection;
mod customers;
mod dead;
mod delivery;
mod durability;
mod durations;
mod error;
mod feed;
mod hubs;
mod inbox;
mod keys;
mod ledger;
mod link;
mod lists;
mod mailbox;
mod node;
mod nodes;
mod orders;
mod place;
mod position;
#[cfg(feature = "private-redis")]
mod private_cluster;
#[cfg(feature = "private-redis")]
mod private_redis;
mod provider;
mod pubsub;
mod redirect;
#[cfg(feature = "private-redis")]
mod retold;
mod riders;
mod settings;
mod skew;
mod slots;
mod stores;
mod stuck;
mod tail;
mod tracks;

/// A place at which a program can be told to die; with something that is begun before it does.
/// Nothing in this build.
#[cfg(not(feature = "crash-points"))]
#[macro_export]
macro_rules! crash_point {
    ($name:literal) => {};
    ($name:literal, $work:expr) => {
        $work
    };
}

/// Chooses between what is done without the part of this name, and what is done: the second, in
/// this build.
#[cfg(not(feature = "sabotage"))]
#[macro_export]
macro_rules! sabotaged {
    ($name:literal, $without:expr, $with:expr) => {
        $with
    };
}

pub use backlog::Backlog;
pub use boards::Board;
pub use breaker::{Admission, Breaker};
pub use clock::Due;
pub use connection::Streams;
pub use customers::{Alert, CustomerNews, OrderStatus};
pub use dead::Dead;
pub use delivery::{Acknowledger, Delivery, Losses};
pub use durability::Durability;
pub use durations::{Contradiction, Durations};
pub use error::{Error, ExecuteError, PlaceError};
pub use feed::{Entry, FeedState, Kind};
pub use hubs::Hubs;
pub use inbox::Inbox;
pub use ledger::{Charge, LedgerRow};
pub use lists::Page;
pub use mailbox::{HubId, Mailbox};
pub use orders::Loaded;
pub use place::Placement;
pub use position::Position;
#[cfg(feature = "private-redis")]
pub use private_cluster::PrivateCluster;
#[cfg(feature = "private-redis")]
pub use private_redis::{BackUp, PrivateRedis};
pub use provider::PaymentProvider;
#[cfg(feature = "private-redis")]
pub use retold::{FeedWriter, Retold};
pub use riders::{Cell, Claim, LocationOutcome, LocationReport, Place, REPORTS_MAX, RiderRecord};
pub use settings::RedisSettings;
pub use stuck::Stuck;
pub use tail::Tail;
pub use tracks::{Fix, Track, Tracks};
