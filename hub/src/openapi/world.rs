//! What needs no token, described.

use serde_json::{Value, json};

use super::operation::Writer;
use crate::error::Code;
use crate::routes::WebConfig;
use crate::tokens::{Grant, Wish};

pub(super) fn describe(writer: &mut Writer) {
    writer
        .get("/config.json", "config", "What the web needs to know")
        .answers::<WebConfig>(200, "The settings that concern it.")
        .done();
    writer
        .get("/openapi.json", "openapi", "This document")
        .answers::<Value>(200, "OpenAPI 3.1.")
        .done();
    writer
        .post("/dev/tokens", "devTokens", "A token for anybody, where that is switched on")
        .body::<Wish>(json!({"role": "store", "sub": "u-1", "storeId": "s-1"}))
        .answers::<Grant>(200, "The token.")
        .refuses(&[Code::NotFound])
        .done();
}
