//! The client against a hub that says what the test tells it to, the city's own paths, and the
//! whole program.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod control;
mod evening;
mod mischief;
mod scripted_hub;
mod socket;
