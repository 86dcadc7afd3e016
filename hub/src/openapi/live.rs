//! Where news are to be had, described as far as HTTP goes.

use serde_json::json;

use super::operation::{GUESTS_TOO, Operation, Writer};
use crate::error::Code;
use crate::events::Wanted;

/// What goes through a door says the protocol.
const PROTOCOL: &str = "The protocol of Centrifuge clients, JSON or Protobuf.";

pub(super) fn describe(writer: &mut Writer) {
    let about = "centrifuge-json or centrifuge-protobuf; JSON where nobody says.";
    let socket = writer.get("/connection/websocket", "websocket", "News and commands by socket");
    door(socket)
        .header("Sec-WebSocket-Protocol", about)
        .answers_nothing(101, "A WebSocket; its first command says who it is.")
        .answers_text(400, "text/plain", "This was no request for a WebSocket.")
        .answers_text(426, "text/plain", "This connection cannot become a WebSocket.")
        .done();
    let stream = "/connection/http_stream";
    let summary = "News by a stream, for networks that block sockets; commands by /emulation";
    door(writer.post(stream, "httpStream", summary))
        .frames(json!({"id": 1, "connect": {"token": "…"}}), json!({"type": "object"}))
        .answers_text(200, "application/x-ndjson", "Replies and news, one a line, until the end.")
        .done();
    let summary = "Commands of a stream, sent to any hub";
    let named = |about: &str| json!({"type": "string", "description": about});
    let fields = json!({
        "node": named("As the reply to `connect` has it."),
        "session": named("As the reply to `connect` has it. Secret."),
        "data": named("Commands, joined by newlines."),
    });
    let schema =
        json!({"type": "object", "required": ["node", "session", "data"], "properties": fields});
    writer
        .post("/emulation", "emulation", summary)
        .frames(json!({"node": "…", "session": "…", "data": "{}"}), schema)
        .answers_nothing(204, "They are on their way; the replies come by the stream.")
        .answers_text(400, "text/plain", "These are no commands.")
        .refuses(&[Code::NotYours, Code::NotFound, Code::Unavailable])
        .done();
    writer
        .get("/events", "events", "One channel as server-sent events")
        .roles(GUESTS_TOO)
        .query::<Wanted>()
        .header("Last-Event-ID", "The id of the last event that the caller has.")
        .answers_text(200, "text/event-stream", "The snapshot or what was missed, then the news.")
        .refuses(&[Code::NotFound, Code::WrongState, Code::TooManyRequests])
        .done();
}

/// Somebody comes in, if there is room.
fn door(operation: Operation<'_>) -> Operation<'_> {
    let refused = [Code::NotYours, Code::TooManyRequests, Code::Unavailable];
    operation.about(PROTOCOL).refuses(&refused)
}
