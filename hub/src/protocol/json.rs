//! The JSON encoding: one message a line.

use axum::body::Bytes;
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    Close, Command, Connect, Connected, Malformed, Named, Payload, Publication, Refreshed, Refused,
    Reply, Request, Rpc, SubRefresh, Subscribe, Subscribed, Token, Unsubscribed, is_default,
};

/// A command as it comes; at most one request is meant.
#[derive(Default, Deserialize)]
#[serde(default)]
struct CommandLine {
    id: u32,
    connect: Option<Connect>,
    subscribe: Option<Box<Subscribe>>,
    unsubscribe: Option<Named>,
    publish: Option<Named>,
    presence: Option<Named>,
    presence_stats: Option<Named>,
    history: Option<Named>,
    rpc: Option<Rpc>,
    send: Option<serde::de::IgnoredAny>,
    refresh: Option<Token>,
    sub_refresh: Option<SubRefresh>,
}

/// The commands of a frame. Lines are joined by single newlines, with at most one at the end.
pub(super) fn commands(frame: &[u8]) -> impl Iterator<Item = Result<Command, Malformed>> {
    let lines = frame.strip_suffix(b"\n").unwrap_or(frame);
    let mut is_over = false;
    lines.split(|byte| *byte == b'\n').map_while(move |line| {
        if is_over {
            return None;
        }
        let command = command(line);
        is_over = command.is_err();
        Some(command)
    })
}

fn command(line: &[u8]) -> Result<Command, Malformed> {
    let line: CommandLine = serde_json::from_slice(line).map_err(|_| Malformed)?;
    let request = line
        .connect
        .map(Request::Connect)
        .or_else(|| line.subscribe.map(Request::Subscribe))
        .or_else(|| line.unsubscribe.map(Request::Unsubscribe))
        .or_else(|| line.publish.map(Request::Publish))
        .or_else(|| line.presence.map(Request::Presence))
        .or_else(|| line.presence_stats.map(Request::Presence))
        .or_else(|| line.history.map(Request::History))
        .or_else(|| line.rpc.map(Request::Rpc))
        .or_else(|| line.send.map(|_| Request::Send))
        .or_else(|| line.refresh.map(Request::Refresh))
        .or_else(|| line.sub_refresh.map(Request::SubRefresh));
    Ok(Command { id: line.id, request })
}

/// Positions are 64 bits wide, which not every JSON library can write as a number.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Plain(u64),
        Text(String),
    }
    match Number::deserialize(deserializer)? {
        Number::Plain(number) => Ok(number),
        Number::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

#[derive(Default, Serialize)]
struct ReplyLine<'a> {
    #[serde(skip_serializing_if = "is_default")]
    id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Refused>,
    #[serde(skip_serializing_if = "Option::is_none")]
    push: Option<Push<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connect: Option<&'a Connected>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscribe: Option<&'a Subscribed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unsubscribe: Option<Empty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rpc: Option<Answer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh: Option<&'a Refreshed>,
}

impl ReplyLine<'_> {
    /// Room for all of it, so that it is not moved again and again as it grows.
    fn bytes_expected(&self) -> usize {
        let snapshot = self.subscribe.and_then(|it| it.data.as_ref());
        let missed = self.subscribe.into_iter().flat_map(|it| &it.publications);
        let news = self.push.as_ref().and_then(|it| it.publication);
        let answer = self.rpc.as_ref().and_then(|it| it.data);
        let told = missed.chain(news).map(|it| it.data.get().len() + ENVELOPE_BYTES);
        let asked = snapshot.into_iter().chain(answer).map(|it| it.get().len());
        ENVELOPE_BYTES + told.chain(asked).sum::<usize>()
    }
}

#[derive(Default, Serialize)]
struct Push<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    channel: &'a str,
    #[serde(rename = "pub", skip_serializing_if = "Option::is_none")]
    publication: Option<&'a Publication>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unsubscribe: Option<Unsubscribed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect: Option<Close>,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Payload>,
}

pub(super) fn reply(id: u32, reply: &Reply) -> Bytes {
    let mut line = ReplyLine { id, ..ReplyLine::default() };
    match reply {
        Reply::Connect(connected) => line.connect = Some(connected),
        Reply::Subscribe(subscribed) => line.subscribe = Some(subscribed),
        Reply::Unsubscribe => line.unsubscribe = Some(Empty {}),
        Reply::Rpc(data) => line.rpc = Some(Answer { data: data.as_ref() }),
        Reply::Refresh(refreshed) => line.refresh = Some(refreshed),
        Reply::Error(refused) => line.error = Some(refused),
    }
    write(&line)
}

pub(super) fn news(channel: &str, publications: &[Publication]) -> Bytes {
    let message =
        |publication| push(Push { channel, publication: Some(publication), ..Push::default() });
    match publications {
        [one] => message(one),
        many => join(&many.iter().map(message).collect::<Vec<_>>()),
    }
}

pub(super) fn unsubscribe(channel: &str, end: Unsubscribed) -> Bytes {
    push(Push { channel, unsubscribe: Some(end), ..Push::default() })
}

pub(super) fn disconnect(close: Close) -> Bytes {
    push(Push { disconnect: Some(close), ..Push::default() })
}

fn push(push: Push<'_>) -> Bytes {
    write(&ReplyLine { push: Some(push), ..ReplyLine::default() })
}

/// Room for what is around a payload: its channel, its offset and the names of fields.
const ENVELOPE_BYTES: usize = 128;

/// What stands between two messages of a frame.
pub(super) const BETWEEN: &[u8] = b"\n";

pub(super) fn join(messages: &[Bytes]) -> Bytes {
    messages.join(BETWEEN).into()
}

pub(super) fn chunk(messages: &[Bytes]) -> Bytes {
    let mut chunk = Vec::with_capacity(messages.iter().map(|it| it.len() + 1).sum());
    for message in messages {
        chunk.extend_from_slice(message);
        chunk.push(b'\n');
    }
    chunk.into()
}

/// A newline inside a message would end it for the client, and in JSON it is only formatting.
fn write(line: &ReplyLine<'_>) -> Bytes {
    let mut text = Vec::with_capacity(line.bytes_expected());
    serde_json::to_writer(&mut text, line).expect("replies are plain JSON");
    if text.contains(&b'\n') {
        text.retain(|byte| *byte != b'\n');
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::payload;

    fn only(frame: &str) -> Command {
        let mut commands = commands(frame.as_bytes());
        let command = commands.next().unwrap().unwrap();
        assert!(commands.next().is_none(), "{frame}");
        command
    }

    #[test]
    fn a_frame_is_read_up_to_the_first_bad_line() {
        let frame = "{\"id\":1,\"connect\":{\"token\":\"t\",\"name\":\"js\"}}\n{}\nnonsense\n{}";
        let commands: Vec<_> = commands(frame.as_bytes()).collect();
        assert_eq!(commands.len(), 3);
        let connect = commands[0].as_ref().unwrap();
        assert!(matches!(&connect.request, Some(Request::Connect(it)) if it.token == "t"));
        assert!(commands[1].as_ref().unwrap().request.is_none());
        assert_eq!(commands[2].as_ref().unwrap_err(), &Malformed);
    }

    #[test]
    fn blank_lines_and_empty_frames_are_malformed() {
        for frame in ["", "\n", "{}\n\n", "\n{}"] {
            assert!(commands(frame.as_bytes()).any(|it| it.is_err()), "{frame:?}");
        }
        assert!(commands(b"{}\n").all(|it| it.is_ok()));
    }

    #[test]
    fn a_position_may_be_text() {
        for offset in ["18446744073709551615", "\"18446744073709551615\""] {
            let frame =
                format!("{{\"id\":2,\"subscribe\":{{\"channel\":\"c\",\"offset\":{offset}}}}}");
            let Some(Request::Subscribe(subscribe)) = only(&frame).request else { panic!() };
            assert_eq!(subscribe.offset, u64::MAX);
        }
    }

    #[test]
    fn zero_false_and_empty_are_left_out_and_results_are_not() {
        let text = |reply: Reply| String::from_utf8(super::reply(7, &reply).into()).unwrap();
        assert_eq!(text(Reply::Unsubscribe), r#"{"id":7,"unsubscribe":{}}"#);
        assert_eq!(text(Reply::Rpc(None)), r#"{"id":7,"rpc":{}}"#);
        assert_eq!(text(Reply::Subscribe(Subscribed::default())), r#"{"id":7,"subscribe":{}}"#);
        assert_eq!(
            text(Reply::Error(Refused::PERMISSION_DENIED)),
            r#"{"id":7,"error":{"code":103,"message":"permission denied"}}"#
        );
    }

    #[test]
    fn news_are_one_line_each() {
        let publication = |n: u32, offset| Publication { data: payload(&n), offset };
        let frame = news("c", &[publication(1, 0), publication(2, 9)]);
        let expected = concat!(
            r#"{"push":{"channel":"c","pub":{"data":1}}}"#,
            "\n",
            r#"{"push":{"channel":"c","pub":{"data":2,"offset":9}}}"#
        );
        assert_eq!(frame, expected);
    }

    #[test]
    fn in_a_stream_every_message_ends_its_line() {
        let messages = [Bytes::from_static(b"{}"), disconnect(Close::SHUTDOWN)];
        let expected = "{}\n{\"push\":{\"disconnect\":{\"code\":3001,\"reason\":\"shutdown\"}}}\n";
        assert_eq!(chunk(&messages), expected);
    }

    #[test]
    fn newlines_in_payloads_are_dropped() {
        let data = serde_json::from_str("{\n\"a\":\n1}").unwrap();
        assert_eq!(reply(1, &Reply::Rpc(Some(data))), r#"{"id":1,"rpc":{"data":{"a":1}}}"#);
    }
}
