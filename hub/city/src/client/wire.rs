//! The socket's JSON protocol: what commands and replies look like, and how a frame is split.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The answer to a ping.
pub(super) const PONG: &str = "{}";

/// What a client sends; exactly one of the requests is set.
#[derive(Debug, Default, Serialize)]
pub(super) struct Command<'a> {
    pub(super) id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connect: Option<Connect<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subscribe: Option<Subscribe<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unsubscribe: Option<Unsubscribe<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rpc: Option<Rpc<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct Connect<'a> {
    pub(super) token: &'a str,
    pub(super) name: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Subscribe<'a> {
    pub(super) channel: &'a str,
    pub(super) data: &'a RawValue,
    pub(super) positioned: bool,
    pub(super) recoverable: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) recover: Option<Recover<'a>>,
}

/// The place in the feed that a subscription goes on from.
#[derive(Debug, Serialize)]
pub(super) struct Recover<'a> {
    pub(super) recover: bool,
    pub(super) epoch: &'a str,
    pub(super) offset: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Unsubscribe<'a> {
    pub(super) channel: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct Rpc<'a> {
    pub(super) method: &'a str,
    pub(super) data: &'a RawValue,
}

/// What the hub sends: the reply to a command, a push, or, with neither, a ping.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reply {
    pub(super) id: u32,
    pub(super) error: Option<ReplyError>,
    pub(super) push: Option<Push>,
    pub(super) connect: Option<Connected>,
    pub(super) subscribe: Option<Subscribed>,
    pub(super) rpc: Option<Answer>,
}

impl Reply {
    pub(super) fn is_ping(&self) -> bool {
        self.id == 0 && self.push.is_none()
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ReplyError {
    pub(super) code: u32,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) temporary: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Connected {
    /// Seconds between two pings; 0: none are sent.
    pub(super) ping: u32,
    pub(super) pong: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Subscribed {
    pub(super) recoverable: bool,
    pub(super) epoch: String,
    pub(super) offset: u64,
    pub(super) recovered: bool,
    pub(super) publications: Vec<Publication>,
    pub(super) data: Option<Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Publication {
    pub(super) data: Box<RawValue>,
    #[serde(default)]
    pub(super) offset: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    pub(super) data: Option<Box<RawValue>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Push {
    pub(super) channel: String,
    #[serde(rename = "pub")]
    pub(super) publication: Option<Publication>,
    pub(super) unsubscribe: Option<Farewell>,
    pub(super) disconnect: Option<Farewell>,
}

/// Why a subscription or the connection ends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Farewell {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl Farewell {
    /// Whether the hub does not want this connection back.
    pub(super) fn is_final(&self) -> bool {
        matches!(self.code, 3500..=3999 | 4500..=4999)
    }
}

/// The messages of one frame, which are joined by single newlines.
pub(super) fn replies(frame: &str) -> Result<Vec<Reply>, serde_json::Error> {
    frame.trim().split('\n').map(serde_json::from_str).collect()
}

/// One command as the frame that carries it.
pub(super) fn frame(command: &Command<'_>) -> String {
    serde_json::to_string(command).expect("a command has only strings as keys")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_with_several_lines_is_several_replies() {
        let frame = concat!(
            r#"{"id":1,"connect":{"client":"a","ping":25,"pong":true}}"#,
            "\n",
            r#"{"id":2,"subscribe":{"recoverable":true,"epoch":"Wcjj","offset":7,"data":{"n":1}}}"#,
            "\n",
            "{}\n",
            r#"{"push":{"channel":"c","pub":{"data":{"n":2},"offset":8}}}"#,
            "\n",
        );
        let replies = replies(frame).unwrap();
        assert_eq!(replies.len(), 4);
        assert_eq!(replies[0].connect.as_ref().unwrap().ping, 25);
        let subscribed = replies[1].subscribe.as_ref().unwrap();
        assert_eq!((subscribed.epoch.as_str(), subscribed.offset), ("Wcjj", 7));
        assert!(replies[2].is_ping());
        let publication = replies[3].push.as_ref().unwrap().publication.as_ref().unwrap();
        assert_eq!((publication.offset, publication.data.get()), (8, r#"{"n":2}"#));
    }

    #[test]
    fn a_line_that_is_no_json_is_an_error() {
        assert!(replies("{}\nnonsense").is_err());
    }

    #[test]
    fn a_command_carries_one_request() {
        let rpc = Rpc { method: "nearby.move", data: RawValue::NULL };
        let command = Command { id: 3, rpc: Some(rpc), ..Command::default() };
        assert_eq!(frame(&command), r#"{"id":3,"rpc":{"method":"nearby.move","data":null}}"#);
    }

    #[test]
    fn a_subscription_that_goes_on_says_from_where() {
        let recover = Some(Recover { recover: true, epoch: "e", offset: 4 });
        let subscribe = Subscribe {
            channel: "c",
            data: RawValue::NULL,
            positioned: true,
            recoverable: true,
            recover,
        };
        let text = frame(&Command { id: 1, subscribe: Some(subscribe), ..Command::default() });
        assert!(text.contains(r#""recover":true,"epoch":"e","offset":4"#), "{text}");
    }

    #[test]
    fn only_some_codes_end_a_connection_for_good() {
        let is_final = |code| Farewell { code, reason: String::new() }.is_final();
        assert!([3500, 3999, 4500, 4999].into_iter().all(is_final));
        assert!(![1006, 3001, 3005, 3008, 4429, 5000].into_iter().any(is_final));
    }
}
