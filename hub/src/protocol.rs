//! What a client may ask and what it is told, in the words of the Centrifuge client protocol.
//!
//! Knows how messages are written ([`Encoding`]) and what codes mean; knows nothing of orders.

mod close;
mod emulation;
mod events;
mod json;
#[cfg(test)]
mod properties;
mod protobuf;

use std::borrow::Cow;

use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub(crate) use close::Close;
pub(crate) use emulation::{EmulationRequest, SessionKey};
pub(crate) use events::with_epoch;

/// The flag of a subscribe by which a client asks to be refused where it cannot be resumed.
const REJECT_UNRECOVERED: i64 = 2;

/// A payload: JSON without newlines, which every encoding carries as it is.
pub(crate) type Payload = Box<RawValue>;

/// How messages are written. Chosen when a socket opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Encoding {
    /// Text, messages joined by single newlines.
    Json,
    /// Bytes, every message behind its length.
    Protobuf,
    /// Server-sent events, which only tell.
    Events,
}

/// The commands of a frame, one after the other.
pub(crate) type Commands<'a> = Box<dyn Iterator<Item = Result<Command, Malformed>> + 'a>;

/// A frame that no client library sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Encoding {
    /// The commands of a frame, in order, up to the first that cannot be read.
    pub(crate) fn commands(self, frame: &[u8]) -> Commands<'_> {
        match self {
            Encoding::Json => Box::new(json::commands(frame)),
            Encoding::Protobuf => Box::new(protobuf::commands(frame)),
            Encoding::Events => Box::new(std::iter::empty()),
        }
    }

    /// The answer to command `id`.
    pub(crate) fn reply(self, id: u32, reply: &Reply) -> Bytes {
        match self {
            Encoding::Json => json::reply(id, reply),
            Encoding::Protobuf => protobuf::reply(id, reply),
            Encoding::Events => events::reply(reply),
        }
    }

    /// News of a channel: as many messages as there are publications.
    pub(crate) fn news(self, channel: &str, publications: &[Publication]) -> Bytes {
        match self {
            Encoding::Json => json::news(channel, publications),
            Encoding::Protobuf => protobuf::news(channel, publications),
            Encoding::Events => events::news(publications),
        }
    }

    /// The end of a subscription.
    pub(crate) fn unsubscribe(self, channel: &str, end: Unsubscribed) -> Bytes {
        match self {
            Encoding::Json => json::unsubscribe(channel, end),
            Encoding::Protobuf => protobuf::unsubscribe(channel, end),
            Encoding::Events => events::unsubscribe(end),
        }
    }

    /// The end of a connection, for those who have no other way to hear of it.
    pub(crate) fn disconnect(self, close: Close) -> Bytes {
        match self {
            Encoding::Json => json::disconnect(close),
            Encoding::Protobuf => protobuf::disconnect(close),
            // Their stream ends, and that is all.
            Encoding::Events => Bytes::new(),
        }
    }

    /// A ping.
    pub(crate) fn ping(self) -> Bytes {
        match self {
            Encoding::Json => Bytes::from_static(b"{}"),
            Encoding::Protobuf => protobuf::PING,
            Encoding::Events => events::PING,
        }
    }

    /// What stands between two messages of a frame.
    pub(crate) fn between(self) -> &'static [u8] {
        match self {
            Encoding::Json => json::BETWEEN,
            Encoding::Protobuf | Encoding::Events => b"",
        }
    }

    /// Several messages as one frame. One is taken as it is.
    pub(crate) fn join(self, messages: &mut [Bytes]) -> Bytes {
        match (self, messages) {
            (_, [one]) => std::mem::take(one),
            (Encoding::Json, many) => json::join(many),
            (Encoding::Protobuf | Encoding::Events, many) => many.concat().into(),
        }
    }

    /// Several messages as a piece of a stream, in which no frames tell where one ends.
    pub(crate) fn chunk(self, messages: &[Bytes]) -> Bytes {
        match self {
            Encoding::Json => json::chunk(messages),
            Encoding::Protobuf | Encoding::Events => messages.concat().into(),
        }
    }
}

/// What a client sends.
#[derive(Debug)]
pub(crate) struct Command {
    /// Told again in the reply; 0 where none is expected.
    pub(crate) id: u32,
    /// What is asked for; nothing in a pong.
    pub(crate) request: Option<Request>,
}

/// What is asked for.
#[derive(Debug)]
pub(crate) enum Request {
    Connect(Connect),
    Subscribe(Box<Subscribe>),
    Unsubscribe(Named),
    Publish(Named),
    Presence(Named),
    History(Named),
    Rpc(Rpc),
    Send,
    Refresh(Token),
    SubRefresh(SubRefresh),
}

/// The first command of every connection.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Connect {
    pub(crate) token: String,
}

/// A request that needs only a channel.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Named {
    pub(crate) channel: String,
}

/// A fresh token.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Token {
    pub(crate) token: String,
}

/// A fresh token for a subscription.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SubRefresh {
    pub(crate) channel: String,
    pub(crate) token: String,
}

/// A command to the product itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Rpc {
    pub(crate) method: String,
    pub(crate) data: Option<Payload>,
}

/// Asks for a snapshot and news, or for what was missed since a position.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Subscribe {
    pub(crate) channel: String,
    pub(crate) recover: bool,
    pub(crate) epoch: String,
    #[serde(deserialize_with = "json::number")]
    pub(crate) offset: u64,
    pub(crate) data: Option<Payload>,
    /// How differences would be written; the whole is always sent.
    pub(crate) delta: String,
    pub(crate) flag: i64,
    /// 0 is a stream of publications, and nothing else is offered.
    #[serde(rename = "type")]
    pub(crate) kind: i32,
}

impl Subscribe {
    /// Whether the client would rather be refused than shown the whole picture again.
    pub(crate) fn insists_on_recovery(&self) -> bool {
        self.recover && self.flag & REJECT_UNRECOVERED != 0
    }
}

/// What a command is answered with.
#[derive(Debug)]
pub(crate) enum Reply {
    Connect(Connected),
    Subscribe(Subscribed),
    Unsubscribe,
    Rpc(Option<Payload>),
    Refresh(Refreshed),
    Error(Refused),
}

/// The connection stands.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Connected {
    pub(crate) client: String,
    pub(crate) version: &'static str,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) expires: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) ttl: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<Payload>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) ping: u32,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) pong: bool,
    /// For those who send their commands by requests: what these have to name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<SessionKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) node: Option<String>,
    pub(crate) time: u64,
}

/// The connection goes on.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Refreshed {
    pub(crate) client: String,
    pub(crate) version: &'static str,
    pub(crate) expires: bool,
    pub(crate) ttl: u32,
}

/// The subscription stands.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Subscribed {
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) recoverable: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) epoch: Cow<'static, str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) publications: Vec<Publication>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) recovered: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) offset: u64,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) positioned: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<Payload>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) was_recovering: bool,
}

/// One piece of news.
#[derive(Debug, Serialize)]
pub(crate) struct Publication {
    pub(crate) data: Payload,
    /// Where a client that has seen it goes on; 0 where it cannot.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) offset: u64,
}

/// Why a command is not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Refused {
    pub(crate) code: u32,
    pub(crate) message: Cow<'static, str>,
    /// Whether it may be tried again by itself.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) temporary: bool,
}

impl Refused {
    pub(crate) const INTERNAL: Refused = Refused::later(100, "internal server error");
    pub(crate) const PERMISSION_DENIED: Refused = Refused::of(103, "permission denied");
    pub(crate) const METHOD_NOT_FOUND: Refused = Refused::of(104, "method not found");
    pub(crate) const ALREADY_SUBSCRIBED: Refused = Refused::of(105, "already subscribed");
    pub(crate) const LIMIT_EXCEEDED: Refused = Refused::of(106, "limit exceeded");
    pub(crate) const BAD_REQUEST: Refused = Refused::of(107, "bad request");
    pub(crate) const NOT_AVAILABLE: Refused = Refused::of(108, "not available");
    pub(crate) const TOKEN_EXPIRED: Refused = Refused::of(109, "token expired");
    pub(crate) const TOO_MANY_REQUESTS: Refused = Refused::later(111, "too many requests");
    pub(crate) const UNRECOVERABLE: Refused = Refused::of(112, "unrecoverable position");

    pub(crate) const fn of(code: u32, message: &'static str) -> Refused {
        Refused { code, message: Cow::Borrowed(message), temporary: false }
    }

    const fn later(code: u32, message: &'static str) -> Refused {
        Refused { code, message: Cow::Borrowed(message), temporary: true }
    }
}

/// Why a subscription ends that nobody asked to end. From 2500 on the client subscribes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Unsubscribed {
    code: u32,
    reason: &'static str,
}

impl Unsubscribed {
    pub(crate) const BY_SERVER: Unsubscribed =
        Unsubscribed { code: 2000, reason: "server unsubscribe" };
    pub(crate) const INSUFFICIENT_STATE: Unsubscribed =
        Unsubscribed { code: 2500, reason: "insufficient state" };
}

/// Writes `value` as a payload.
pub(crate) fn payload(value: &impl Serialize) -> Payload {
    serde_json::value::to_raw_value(value).expect("views are plain JSON with strings as keys")
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
