//! Server-sent events: the same payloads for clients without a library. Nothing is read.
//!
//! What is rendered once for all has only the offset in its ids; every stream adds its epoch.

use axum::body::Bytes;

use super::{Publication, Reply, Subscribed, Unsubscribed, payload};

/// Keeps a silent stream open.
pub(super) const PING: Bytes = Bytes::from_static(b":\n\n");

/// Before an offset. Payloads have no newlines, so nothing else looks like it.
const ID: &str = "\nid: ";

/// The first of a stream: the snapshot, or what was missed. Other replies are HTTP's.
pub(super) fn reply(reply: &Reply) -> Bytes {
    match reply {
        Reply::Subscribe(Subscribed { data: Some(data), offset, positioned, .. }) => {
            let id = positioned.then_some(*offset);
            event("event: snapshot\n", data.get(), id).into()
        }
        Reply::Subscribe(subscribed) => news(&subscribed.publications),
        _ => Bytes::new(),
    }
}

pub(super) fn news(publications: &[Publication]) -> Bytes {
    let one = |it: &Publication| event("", it.data.get(), (it.offset > 0).then_some(it.offset));
    publications.iter().map(one).collect::<String>().into()
}

pub(super) fn unsubscribe(end: Unsubscribed) -> Bytes {
    event("event: unsubscribe\n", payload(&end).get(), None).into()
}

/// As a stream of `epoch` writes it.
pub(crate) fn with_epoch(messages: &[Bytes], epoch: &str) -> Bytes {
    let text = messages.concat();
    // Written by this module, from strings.
    let text = String::from_utf8_lossy(&text);
    text.replace(ID, &format!("{ID}{epoch}:")).into()
}

fn event(kind: &str, data: &str, id: Option<u64>) -> String {
    // In JSON a newline is only formatting; here it would end the field.
    let data = data.replace(['\n', '\r'], "");
    match id {
        Some(offset) => format!("{kind}data: {data}{ID}{offset}\n\n"),
        None => format!("{kind}data: {data}\n\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_a_place_has_an_id() {
        let publication = |offset| Publication { data: payload(&"\nid: x"), offset };
        let text = news(&[publication(0), publication(9)]);
        let text = with_epoch(&[text], "e");
        assert_eq!(text, "data: \"\\nid: x\"\n\ndata: \"\\nid: x\"\nid: e:9\n\n");
    }

    #[test]
    fn a_stream_starts_with_the_snapshot_or_with_what_was_missed() {
        let data = Some(payload(&1));
        let subscribed = Subscribed { data, offset: 0, positioned: true, ..Subscribed::default() };
        let text = reply(&Reply::Subscribe(subscribed));
        assert_eq!(text, "event: snapshot\ndata: 1\nid: 0\n\n");
        assert!(reply(&Reply::Subscribe(Subscribed::default())).is_empty());
    }
}
