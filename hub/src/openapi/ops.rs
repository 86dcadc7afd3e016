//! What operators do, described.

use serde_json::json;

use super::operation::Writer;
use crate::error::Code;
use crate::ops::{Cause, DeadLetters, StuckOrders, Wanted};
use crate::view::OrderView;

pub(super) fn describe(writer: &mut Writer) {
    writer
        .get("/ops/stuck", "ops.stuck", "Orders that need a person or are owed something")
        .roles(&["operator"])
        .query::<Wanted>()
        .answers::<StuckOrders>(200, "The longest stuck first.")
        .done();
    for (path, id, summary) in [
        ("/ops/orders/{orderId}/cancel", "ops.cancel", "Call an order off, however far it is"),
        ("/ops/orders/{orderId}/reassign", "ops.reassign", "Take the job away and offer it again"),
        ("/ops/orders/{orderId}/complete", "ops.complete", "The customer has the food"),
    ] {
        writer
            .put(path, id, summary)
            .roles(&["operator"])
            .keyed()
            .body::<Cause>(json!({"reason": "라이더의 오토바이가 고장 났어요"}))
            .answers::<OrderView>(200, "The order after it.")
            .refuses(&[Code::WrongState])
            .done();
    }
    writer
        .get("/ops/dead", "ops.dead", "Entries that no worker could work on")
        .roles(&["operator"])
        .query::<Wanted>()
        .answers::<DeadLetters>(200, "Newest first.")
        .done();
    writer
        .put("/ops/dead/{id}/retry", "ops.retryDead", "Have workers look at it again")
        .roles(&["operator"])
        .answers::<DeadLetters>(200, "What is left.")
        .done();
}
