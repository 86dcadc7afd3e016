//! Riders and their jobs, described.

use serde_json::json;

use super::operation::{Operation, Writer};
use crate::deliveries::{Around, Jobs, Regret};
use crate::error::Code;
use crate::locations::Reports;
use crate::view::{JobView, RiderView};

pub(super) fn describe(writer: &mut Writer) {
    writer
        .put("/riders/me/online", "riders.online", "Begin to work")
        .roles(&["rider"])
        .answers::<RiderView>(200, "The rider.")
        .done();
    writer
        .put("/riders/me/offline", "riders.offline", "Stop working")
        .roles(&["rider"])
        .answers::<RiderView>(200, "The rider.")
        .refuses(&[Code::WrongState])
        .done();
    let here = json!({
        "lat": 37.5551, "lng": 126.9020, "accuracyMeters": 8, "heading": 90,
        "at": "2026-03-01T10:00:00.000Z",
    });
    writer
        .put("/riders/me/location", "riders.location", "Say where one is")
        .roles(&["rider"])
        .body::<Reports>(here)
        .answers::<RiderView>(200, "The rider, where they are known to be.")
        .refuses(&[Code::WrongState, Code::TooManyRequests])
        .done();
    writer
        .get("/deliveries", "deliveries.list", "Jobs around a place, nearest pickup first")
        .roles(&["rider"])
        .query::<Around>()
        .answers::<Jobs>(200, "The jobs.")
        .refuses(&[Code::WrongState])
        .done();
    step(writer, "/deliveries/{orderId}/claim", "deliveries.claim", "Take the job")
        .refuses(&[Code::Taken, Code::TooFar, Code::TooManyJobs])
        .done();
    step(writer, "/deliveries/{orderId}/pick", "deliveries.pick", "Have the food")
        .refuses(&[Code::Taken, Code::TooFar, Code::TooManyJobs])
        .done();
    step(writer, "/deliveries/{orderId}/release", "deliveries.release", "Give the job back")
        .optional_body::<Regret>(json!({"reason": "타이어가 터졌어요"}))
        .done();
    step(writer, "/deliveries/{orderId}/confirm", "deliveries.confirm", "Handed over").done();
}

fn step<'a>(writer: &'a mut Writer, path: &'static str, id: &str, summary: &str) -> Operation<'a> {
    writer
        .put(path, id, summary)
        .roles(&["rider"])
        .keyed()
        .answers::<JobView>(200, "The job after it.")
        .refuses(&[Code::WrongState])
}
