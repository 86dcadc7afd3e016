//! Orders, described.

use serde_json::json;

use super::examples;
use super::operation::{EVERYBODY, Writer};
use crate::error::Code;
use crate::orders::{Complaint, Orders, Patience, Timeline, Wanted};
use crate::placing::PlaceOrder;
use crate::sharing::Share;
use crate::view::{OrderView, ProgressView};

pub(super) fn describe(writer: &mut Writer) {
    writer
        .post("/orders", "orders.place", "Order and pay")
        .roles(&["customer"])
        .key_required()
        .body::<PlaceOrder>(examples::place_order())
        .answers::<OrderView>(201, "It is paid, and the store's turn.")
        .with_header(201, "Location", "The order.")
        .answers::<OrderView>(202, "The provider has not said yet whether it is paid.")
        .with_header(202, "Location", "The order.")
        .refuses(&[
            Code::PaymentDeclined,
            Code::StoreClosed,
            Code::SoldOut,
            Code::OutOfArea,
            Code::PaymentBusy,
        ])
        .done();
    writer
        .get("/orders", "orders.list", "The caller's own orders, newest first")
        .roles(&["customer", "store", "operator"])
        .query::<Wanted>()
        .answers::<Orders>(200, "A page of them; `next` is the `after` of the next page.")
        .refuses(&[Code::NotFound])
        .done();
    writer
        .get("/orders/{orderId}", "orders.get", "One order; with patience, when it changes")
        .roles(EVERYBODY)
        .query::<Patience>()
        .header("If-None-Match", "The ETag that the caller has; needed for waiting.")
        .answers::<OrderView>(200, "The order, as the caller may see it.")
        .with_header(200, "ETag", "Its version, in quotes.")
        .answers_nothing(304, "It is as the caller knows it.")
        .with_header(304, "ETag", "Its version, in quotes.")
        .done();
    writer
        .get("/orders/{orderId}/timeline", "orders.timeline", "What happened, oldest first")
        .roles(EVERYBODY)
        .answers::<Timeline>(200, "Everything that happened.")
        .done();
    writer
        .put("/orders/{orderId}/cancel", "orders.cancel", "Call it off before cooking starts")
        .roles(&["customer"])
        .keyed()
        .answers::<OrderView>(200, "It is called off; the money goes back by itself.")
        .refuses(&[Code::CancelTooLate, Code::WrongState])
        .done();
    writer
        .post("/orders/{orderId}/problems", "orders.problems", "Ask for help")
        .roles(EVERYBODY)
        .keyed()
        .body::<Complaint>(json!({"reason": "30분째 라이더가 오지 않아요"}))
        .answers::<OrderView>(200, "Operators have been told.")
        .refuses(&[Code::WrongState])
        .done();
    writer
        .post("/orders/{orderId}/share", "orders.share", "A link for somebody without an account")
        .about("Only where `/config.json` says `sharing`. Belongs into the fragment of an address.")
        .roles(&["customer"])
        .answers::<Share>(200, "A token of the role guest, for this order alone.")
        .refuses(&[Code::WrongState])
        .done();
    writer
        .get("/orders/{orderId}/progress", "orders.progress", "How far a shared order is")
        .roles(&["guest"])
        .query::<Patience>()
        .header("If-None-Match", "The ETag that the caller has; needed for waiting.")
        .answers::<ProgressView>(200, "What a guest is shown of the order.")
        .with_header(200, "ETag", "Its version, in quotes.")
        .answers_nothing(304, "It is as the caller knows it.")
        .with_header(304, "ETag", "Its version, in quotes.")
        .done();
}
