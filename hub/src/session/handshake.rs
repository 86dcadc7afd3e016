//! Who a connection is, and for how long: the only part of a session that sees a token.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;

use super::{CONNECT_MAX, Heart, Now, PING_EVERY, Phase, Session};
use crate::channels::Welcome;
use crate::identity::{Identity, Keys, TokenError, Verified};
use crate::protocol::{Close, Connect, Connected, Refreshed, Refused, Reply, Token, payload};

/// After the end of its token, how long a connection may take to bring another.
pub(super) const GRACE: Duration = Duration::from_secs(25);
/// Sent as the version of the server.
const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Session {
    /// Who it is, once that is known.
    pub(super) fn identity(&self) -> Option<&Identity> {
        match &self.phase {
            Phase::Connected { identity, .. } => Some(identity),
            Phase::New { .. } | Phase::Refused { .. } => None,
        }
    }

    /// The first command: says who it is.
    pub(super) fn connect(
        &mut self,
        id: u32,
        connect: &Connect,
        keys: &Keys,
        now: Now,
    ) -> Result<(), Close> {
        if connect.token.is_empty() {
            return Err(Close::BAD_REQUEST);
        }
        let Verified { identity, expires_at } = match keys.verify(&connect.token) {
            Ok(verified) => verified,
            Err(TokenError::Invalid) => return Err(Close::INVALID_TOKEN),
            Err(TokenError::Expired) => {
                self.phase = Phase::Refused { until: now.instant + CONNECT_MAX };
                self.reply(id, &Reply::Error(Refused::TOKEN_EXPIRED));
                return Ok(());
            }
        };
        let ttl = expires_at.since(now.time);
        let connected = Connected {
            client: self.client.to_string(),
            version: VERSION,
            expires: true,
            ttl: seconds(ttl),
            data: Some(payload(&Welcome::to(&identity, now.time))),
            ping: seconds(PING_EVERY),
            pong: true,
            time: now.time.0,
        };
        // Spread, so that those who came back together are not pinged together for ever.
        let first = PING_EVERY.mul_f64(rand::rng().random_range(0.5..1.0));
        self.heart = Heart::Ping { at: now.instant + first };
        let until = now.instant + ttl + GRACE;
        self.phase = Phase::Connected { identity: Arc::new(identity), until };
        self.reply(id, &Reply::Connect(connected));
        Ok(())
    }

    /// Brings a new token before the old one has run out.
    pub(super) fn refresh(
        &mut self,
        id: u32,
        token: &Token,
        keys: &Keys,
        now: Now,
    ) -> Result<(), Close> {
        require(&token.token)?;
        let verified = keys.verify(&token.token).map_err(|error| match error {
            TokenError::Expired => Close::EXPIRED,
            TokenError::Invalid => Close::INVALID_TOKEN,
        })?;
        let Phase::Connected { identity, until } = &mut self.phase else {
            return Err(Close::BAD_REQUEST);
        };
        // A connection stays whose it is: what it follows was allowed to that person.
        if **identity != verified.identity {
            return Err(Close::INVALID_TOKEN);
        }
        let ttl = verified.expires_at.since(now.time);
        *until = now.instant + ttl + GRACE;
        let refreshed = Refreshed {
            client: self.client.to_string(),
            version: VERSION,
            expires: true,
            ttl: seconds(ttl),
        };
        self.reply(id, &Reply::Refresh(refreshed));
        Ok(())
    }
}

/// Whole seconds, as timers of clients take them: at least one, and within 31 bits of milliseconds.
fn seconds(span: Duration) -> u32 {
    u32::try_from(span.as_secs()).unwrap_or(u32::MAX).clamp(1, 2_147_483)
}

/// An empty name is no mistake of a person: no library sends one.
pub(super) fn require(text: &str) -> Result<(), Close> {
    if text.is_empty() { Err(Close::BAD_REQUEST) } else { Ok(()) }
}
