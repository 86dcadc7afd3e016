//! The read side, described.

use super::operation::Writer;
use crate::statuses::{Alerts, OrderStatuses, Wanted};

pub(super) fn describe(writer: &mut Writer) {
    writer
        .get("/orderStatuses", "orderStatuses.list", "Where the customer's orders stand")
        .roles(&["customer"])
        .query::<Wanted>()
        .answers::<OrderStatuses>(200, "One line for each order, newest first.")
        .done();
    writer
        .get("/logs", "logs.list", "What the customer was told")
        .roles(&["customer"])
        .query::<Wanted>()
        .answers::<Alerts>(200, "The alerts, newest first.")
        .done();
}
