//! The codes that end a connection.

use serde::Serialize;

/// Why a connection ends. Clients come back unless the code is 3500–3999 or 4500–4999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Close {
    pub(crate) code: u16,
    /// Neither a number nor JSON: old clients would read it as either.
    pub(crate) reason: &'static str,
}

impl Close {
    pub(crate) const TOO_BIG: Close = Close { code: 1009, reason: "message too big" };
    pub(crate) const SHUTDOWN: Close = Close { code: 3001, reason: "shutdown" };
    pub(crate) const INTERNAL: Close = Close { code: 3004, reason: "internal server error" };
    pub(crate) const EXPIRED: Close = Close { code: 3005, reason: "connection expired" };
    pub(crate) const SLOW: Close = Close { code: 3008, reason: "slow" };
    /// Instead of *stale*, which is final: a phone behind a bad network should come back.
    pub(crate) const RECONNECT: Close = Close { code: 3011, reason: "force reconnect" };
    pub(crate) const NO_PONG: Close = Close { code: 3012, reason: "no pong" };
    pub(crate) const INVALID_TOKEN: Close = Close { code: 3500, reason: "invalid token" };
    pub(crate) const BAD_REQUEST: Close = Close { code: 3501, reason: "bad request" };
    pub(crate) const NOT_AVAILABLE: Close = Close { code: 3508, reason: "not available" };
    pub(crate) const FLOODING: Close = Close { code: 4429, reason: "too many requests" };
    /// Instead of *connection limit*, which is final: lost sockets of a phone make room soon.
    pub(crate) const CROWDED: Close = Close { code: 4429, reason: "too many connections" };
}
