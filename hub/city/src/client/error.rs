//! What can go wrong between a client and the hub.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::wire::ReplyError;

/// Why the hub did not do what it was asked: `application/problem+json`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The contract's word for it, like `taken` or `payment_declined`.
    pub code: String,
    /// The sentence for people.
    pub detail: String,
    /// The order as it truly is, after a refused command.
    pub order: Option<Value>,
    /// When to come back.
    #[serde(skip)]
    pub retry_after: Option<Duration>,
}

/// One variant per thing that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The hub answered, and the answer is no.
    #[error("the hub refused with {} ({})", .0.status, .0.code)]
    Refused(Box<Problem>),
    /// A request could not be sent, or its answer did not come.
    #[error("sending a request")]
    Sending(#[source] reqwest::Error),
    /// The socket could not be opened.
    #[error("opening the socket")]
    Opening(#[source] Box<tokio_tungstenite::tungstenite::Error>),
    /// The socket is closed at the moment; it comes back by itself.
    #[error("the socket is not connected")]
    Disconnected,
    /// The hub closed the socket and does not want this client back as it is.
    #[error("the hub closed the socket for good: {code} {reason}")]
    Closed {
        /// The code of the close frame.
        code: u16,
        /// The reason beside it.
        reason: String,
    },
    /// The socket's protocol has an error of its own, like 103, permission denied.
    #[error("the hub answered error {code}: {message}")]
    Protocol {
        /// As the protocol numbers them.
        code: u32,
        /// What the hub said.
        message: String,
        /// Whether it may well succeed later.
        temporary: bool,
    },
    /// This socket listens to the channel already.
    #[error("already subscribed to this channel")]
    AlreadySubscribed,
    /// The hub did not answer in time.
    #[error("no answer in time")]
    TooLate,
    /// What came is not what was expected, or what was to be sent can't be written as JSON.
    #[error("reading JSON")]
    Reading(#[source] serde_json::Error),
}

impl Error {
    /// The refusal that an HTTP answer carries.
    pub(super) fn refused(status: u16, body: &[u8], retry_after: Option<Duration>) -> Self {
        let mut problem: Problem = serde_json::from_slice(body).unwrap_or_default();
        problem.status = status;
        problem.retry_after = retry_after;
        Self::Refused(Box::new(problem))
    }

    /// The error that a reply on the socket carries: a problem, or one of the protocol's own.
    pub(super) fn replied(ReplyError { code, message, temporary }: ReplyError) -> Self {
        match (code, serde_json::from_str::<Problem>(&message)) {
            (1400..1600, Ok(problem)) => Self::Refused(Box::new(problem)),
            _ => Self::Protocol { code, message, temporary },
        }
    }

    /// The contract's word for a refusal, if it is one.
    pub fn code(&self) -> Option<&str> {
        self.problem().map(|problem| problem.code.as_str())
    }

    /// The refusal, if it is one.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused(problem) => Some(problem),
            _ => None,
        }
    }

    /// Whether the same request may well succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Refused(problem) => problem.status == 429 || problem.status >= 500,
            Self::Protocol { temporary, .. } => *temporary,
            Self::Sending(_) | Self::Opening(_) | Self::Disconnected | Self::TooLate => true,
            Self::Closed { code, .. } => !matches!(code, 3500..=3999 | 4500..=4999),
            Self::AlreadySubscribed | Self::Reading(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_on_the_socket_reads_like_one_over_http() {
        let body = r#"{"type":"about:blank","title":"Taken","status":409,"code":"taken"}"#;
        for error in [
            Error::replied(ReplyError { code: 1409, message: body.into(), temporary: false }),
            Error::refused(409, body.as_bytes(), None),
        ] {
            assert_eq!((error.code(), error.is_temporary()), (Some("taken"), false));
        }
    }

    #[test]
    fn an_answer_that_is_no_problem_document_still_has_its_status() {
        let error = Error::refused(502, b"<html>", Some(Duration::from_secs(2)));
        assert!(error.is_temporary());
        assert_eq!(error.problem().unwrap().retry_after, Some(Duration::from_secs(2)));
    }
}
