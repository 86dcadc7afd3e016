//! The hub from outside: a real Redis, the workers, and people with tokens.

mod accounts;
mod crowds;
mod deadlines;
mod edges;
mod events;
mod fleet;
mod issuer;
mod jobs;
mod keys;
mod kitchens;
mod leaving;
mod library;
mod line;
mod nearby;
mod operators;
mod ordering;
mod promises;
mod reading;
mod resume;
mod scene;
mod socket;
mod stores;
mod strangers;
mod toss;
mod upgrades;
mod world;
