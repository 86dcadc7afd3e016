//! The hub from outside: a real Redis, the workers, and people with tokens.

mod accounts;
mod edges;
mod jobs;
mod kitchens;
mod line;
mod nearby;
mod ordering;
mod reading;
mod resume;
mod scene;
mod socket;
mod stores;
mod world;
