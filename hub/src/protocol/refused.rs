//! Why a command is not done, and why a subscription ends.

use std::borrow::Cow;

use serde::Serialize;

use super::is_default;

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
    pub(super) code: u32,
    pub(super) reason: &'static str,
}

impl Unsubscribed {
    pub(crate) const BY_SERVER: Unsubscribed =
        Unsubscribed { code: 2000, reason: "server unsubscribe" };
    pub(crate) const INSUFFICIENT_STATE: Unsubscribed =
        Unsubscribed { code: 2500, reason: "insufficient state" };
}
