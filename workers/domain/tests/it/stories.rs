//! What people live through.

mod kitchen;
mod money;
mod placing;
mod ride;
mod whole;
