//! Tickets, described.

use serde_json::json;

use super::operation::{Operation, Writer};
use crate::error::Code;
use crate::store_orders::{Apology, Delay, Promise, Rejection, Tickets};
use crate::view::TicketView;

pub(super) fn describe(writer: &mut Writer) {
    writer
        .get("/storeOrders", "storeOrders.list", "The board of the kitchen")
        .roles(&["store"])
        .answers::<Tickets>(200, "Every ticket on it.")
        .done();
    for (path, id, summary) in [
        (
            "/storeOrders/{orderId}/received",
            "storeOrders.received",
            "The board has the ticket: its time to answer runs",
        ),
        ("/storeOrders/{orderId}/startCook", "storeOrders.startCook", "Begin to cook"),
        ("/storeOrders/{orderId}/finishCook", "storeOrders.finishCook", "It is ready"),
        (
            "/storeOrders/{orderId}/undo",
            "storeOrders.undo",
            "Take the last tap back, within seconds",
        ),
        (
            "/storeOrders/{orderId}/acknowledge",
            "storeOrders.acknowledge",
            "Seen that it was called off",
        ),
    ] {
        tap(writer, path, id, summary).done();
    }
    tap(writer, "/storeOrders/{orderId}/accept", "storeOrders.accept", "Will be cooked")
        .optional_body::<Promise>(json!({"cookMinutes": 20}))
        .done();
    tap(writer, "/storeOrders/{orderId}/reject", "storeOrders.reject", "Say no to a new order")
        .body::<Rejection>(json!({"reason": "SOLD_OUT"}))
        .done();
    tap(writer, "/storeOrders/{orderId}/delay", "storeOrders.delay", "Say that it takes longer")
        .body::<Delay>(json!({"minutes": 10}))
        .done();
    tap(
        writer,
        "/storeOrders/{orderId}/cancel",
        "storeOrders.cancel",
        "Call off what was accepted",
    )
    .body::<Apology>(json!({"reason": "STORE_SOLD_OUT"}))
    .done();
}

fn tap<'a>(writer: &'a mut Writer, path: &'static str, id: &str, summary: &str) -> Operation<'a> {
    writer
        .put(path, id, summary)
        .roles(&["store"])
        .keyed()
        .answers::<TicketView>(200, "The ticket after it.")
        .refuses(&[Code::WrongState])
}
