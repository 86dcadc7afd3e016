//! Clients without a socket: they hear a stream, and send their commands by requests that name
//! the connection they are of.

use std::fmt;

use axum::body::Bytes;
use prost::Message;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Encoding, Malformed};

/// By which the requests of one connection are known. Whoever has it speaks in that name, so it
/// is told to nobody else and written down nowhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub(crate) struct SessionKey(Uuid);

impl SessionKey {
    /// One that nobody can guess.
    pub(crate) fn random() -> SessionKey {
        SessionKey(Uuid::new_v4())
    }

    /// The key that a client sent, if it can be one.
    pub(crate) fn parse(text: &str) -> Option<SessionKey> {
        Uuid::parse_str(text).ok().map(SessionKey)
    }

    /// The key in these bytes, and what is behind it.
    pub(crate) fn split(bytes: Bytes) -> Option<(SessionKey, Bytes)> {
        let (key, _) = bytes.split_first_chunk()?;
        Some((SessionKey(Uuid::from_bytes(*key)), bytes.slice(key.len()..)))
    }

    /// The key in front of `bytes`.
    pub(crate) fn join(self, bytes: &[u8]) -> Vec<u8> {
        [self.0.as_bytes(), bytes].concat()
    }

    /// As the client is told it.
    pub(crate) fn expose(self) -> String {
        self.0.to_string()
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(…)")
    }
}

/// Commands of a client without a socket.
#[derive(Deserialize)]
pub(crate) struct EmulationRequest {
    /// The hub that has the connection.
    pub(crate) node: String,
    /// The connection, by its [`SessionKey`].
    pub(crate) session: String,
    /// A frame.
    #[serde(deserialize_with = "text")]
    pub(crate) data: Bytes,
}

#[derive(Clone, PartialEq, Message)]
struct EmulationMessage {
    #[prost(string, tag = "1")]
    node: String,
    #[prost(string, tag = "2")]
    session: String,
    #[prost(bytes = "bytes", tag = "3")]
    data: Bytes,
}

impl EmulationRequest {
    /// Reads the body of a request.
    pub(crate) fn read(encoding: Encoding, body: Bytes) -> Result<EmulationRequest, Malformed> {
        match encoding {
            Encoding::Json => serde_json::from_slice(&body).map_err(|_| Malformed),
            Encoding::Protobuf => {
                let message = EmulationMessage::decode(body).map_err(|_| Malformed)?;
                let EmulationMessage { node, session, data } = message;
                Ok(EmulationRequest { node, session, data })
            }
            Encoding::Events => Err(Malformed),
        }
    }
}

fn text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    String::deserialize(deserializer).map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_in_both_encodings() {
        let json = r#"{"session":"s","node":"n","data":"{}\n{}","more":1}"#;
        let message = EmulationMessage {
            node: "n".to_owned(),
            session: "s".to_owned(),
            data: Bytes::from_static(b"{}\n{}"),
        };
        for (encoding, body) in [
            (Encoding::Json, Bytes::from_static(json.as_bytes())),
            (Encoding::Protobuf, message.encode_to_vec().into()),
        ] {
            let read = EmulationRequest::read(encoding, body).unwrap();
            assert_eq!((read.node.as_str(), read.session.as_str()), ("n", "s"));
            assert_eq!(read.data, "{}\n{}");
        }
        for body in ["", "{}", "[]", r#"{"session":"s","node":"n","data":{}}"#] {
            assert!(EmulationRequest::read(Encoding::Json, body.into()).is_err(), "{body}");
        }
    }

    #[test]
    fn a_key_travels_with_its_frame_and_is_never_shown() {
        let key = SessionKey::random();
        assert_eq!(SessionKey::parse(&key.expose()), Some(key));
        let (read, frame) = SessionKey::split(key.join(b"frame").into()).unwrap();
        assert_eq!((read, frame), (key, Bytes::from_static(b"frame")));
        assert!(SessionKey::split(Bytes::from_static(&[0; 15])).is_none());
        assert!(!format!("{key:?}").contains(&key.expose()[..8]));
    }
}
