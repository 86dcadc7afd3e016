//! How messages are written and read.

use axum::body::Bytes;

use super::{Close, Command, Publication, Reply, Unsubscribed, events, json, protobuf};

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
