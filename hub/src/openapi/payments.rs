//! Payments, described.

use serde_json::json;

use super::operation::Writer;
use crate::error::Code;
use crate::payments::{Of, Payments, Settlement};
use crate::view::PaymentView;

pub(super) fn describe(writer: &mut Writer) {
    writer
        .get("/payments", "payments.list", "How often the provider charged and refunded")
        .roles(&["customer", "operator"])
        .query::<Of>()
        .answers::<Payments>(200, "The payment of the order.")
        .refuses(&[Code::NotFound])
        .done();
    writer
        .put("/payments/{orderId}/retryRefund", "payments.retryRefund", "Try a stuck refund again")
        .roles(&["operator"])
        .keyed()
        .answers::<PaymentView>(200, "The payment.")
        .refuses(&[Code::WrongState])
        .done();
    writer
        .put("/payments/{orderId}/settle", "payments.settle", "A stuck refund was made by hand")
        .roles(&["operator"])
        .keyed()
        .body::<Settlement>(json!({"reference": "bank transfer 2026-03-01/17"}))
        .answers::<PaymentView>(200, "The payment.")
        .refuses(&[Code::WrongState])
        .done();
}
