//! What a client may ask and what it is told, in the words of the Centrifuge client protocol.
//!
//! Knows how messages are written ([`Encoding`]) and what codes mean; knows nothing of orders.

mod close;
mod emulation;
mod encoding;
mod events;
mod json;
#[cfg(test)]
mod properties;
mod protobuf;
mod refused;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub(crate) use close::Close;
pub(crate) use emulation::{EmulationRequest, SessionKey};
pub(crate) use encoding::{Encoding, Malformed};
pub(crate) use events::with_epoch;
pub(crate) use refused::{Refused, Unsubscribed};

/// The flag of a subscribe by which a client asks to be refused where it cannot be resumed.
const REJECT_UNRECOVERED: i64 = 2;

/// A payload: JSON without newlines, which every encoding carries as it is.
pub(crate) type Payload = Box<RawValue>;

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

/// Writes `value` as a payload.
pub(crate) fn payload(value: &impl Serialize) -> Payload {
    serde_json::value::to_raw_value(value).expect("views are plain JSON with strings as keys")
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
