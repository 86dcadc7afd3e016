//! Who a connection is, and for how long: the only part of a session that sees a token.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;

use super::{CALLS_MAX, CONNECT_MAX, Heart, Job, Now, PING_EVERY, Phase, Session};
use crate::channels::Welcome;
use crate::identity::{Identity, Keys, TokenError, Verified};
use crate::protocol::{
    Close, Connect, Connected, Refreshed, Refused, Reply, SubRefresh, Subscribe, Token, payload,
};

/// After the end of its token, how long a connection may take to bring another.
pub(super) const GRACE: Duration = Duration::from_secs(25);
/// The one way of writing differences that the protocol knows.
const FOSSIL: &str = "fossil";
/// Sent as the version of the server.
const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Session {
    /// Who it is, once that is known.
    pub(super) fn identity(&self) -> Option<&Identity> {
        match &self.phase {
            Phase::Connected { identity, .. } => Some(identity),
            Phase::New { .. } | Phase::Judged { .. } | Phase::Refused { .. } => None,
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
        match keys.check(&connect.token) {
            Err(TokenError::UnknownKey) => {
                self.phase = Phase::Judged { until: now.instant + CONNECT_MAX };
                self.jobs.push(Job::Verify { id, token: connect.token.clone() });
                Ok(())
            }
            checked => self.admit(id, checked, now),
        }
    }

    /// It is known whose the token of the first command is.
    pub(super) fn admit(
        &mut self,
        id: u32,
        checked: Result<Verified, TokenError>,
        now: Now,
    ) -> Result<(), Close> {
        let refused = match checked {
            Ok(verified) => {
                self.welcome(id, verified, now);
                return Ok(());
            }
            Err(TokenError::Invalid) => return Err(Close::INVALID_TOKEN),
            Err(TokenError::Expired) => Refused::TOKEN_EXPIRED,
            // Nobody can say, so they try again by themselves.
            Err(TokenError::UnknownKey) => Refused::INTERNAL,
        };
        self.phase = Phase::Refused { until: now.instant + CONNECT_MAX };
        self.reply(id, &Reply::Error(refused));
        Ok(())
    }

    fn welcome(&mut self, id: u32, Verified { identity, expires_at }: Verified, now: Now) {
        let ttl = expires_at.since(now.time);
        let connected = Connected {
            client: self.client.to_string(),
            version: VERSION,
            expires: true,
            ttl: seconds(ttl),
            data: Some(payload(&Welcome::to(&identity, now.time))),
            ping: seconds(PING_EVERY),
            pong: true,
            session: self.address.as_ref().map(|address| address.session),
            node: self.address.as_ref().map(|address| address.node.to_string()),
            time: now.time.0,
        };
        // Spread, so that those who came back together are not pinged together for ever.
        let first = PING_EVERY.mul_f64(rand::rng().random_range(0.5..1.0));
        self.heart = Heart::Ping { at: now.instant + first };
        let until = now.instant + ttl + GRACE;
        self.phase = Phase::Connected { identity: Arc::new(identity), until };
        self.reply(id, &Reply::Connect(connected));
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
        match keys.check(&token.token) {
            Err(TokenError::UnknownKey) if self.calls >= CALLS_MAX => {
                self.reply(id, &Reply::Error(Refused::TOO_MANY_REQUESTS));
                Ok(())
            }
            Err(TokenError::UnknownKey) => {
                self.calls += 1;
                self.jobs.push(Job::Verify { id, token: token.token.clone() });
                Ok(())
            }
            checked => self.extend(id, checked, now),
        }
    }

    /// It is known whose a later token is.
    pub(super) fn extend(
        &mut self,
        id: u32,
        checked: Result<Verified, TokenError>,
        now: Now,
    ) -> Result<(), Close> {
        let verified = match checked {
            Ok(verified) => verified,
            Err(TokenError::Expired) => return Err(Close::EXPIRED),
            Err(TokenError::Invalid) => return Err(Close::INVALID_TOKEN),
            Err(TokenError::UnknownKey) => {
                self.reply(id, &Reply::Error(Refused::INTERNAL));
                return Ok(());
            }
        };
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

    /// Brings a new token for a subscription. None has one: they are allowed to whoever the
    /// connection is.
    pub(super) fn sub_refresh(&self, id: u32, request: &SubRefresh) -> Result<(), Close> {
        require(&request.channel)?;
        let refused = match self.subscriptions.get(&request.channel) {
            _ if request.token.is_empty() => Refused::BAD_REQUEST,
            None => Refused::PERMISSION_DENIED,
            // Nobody was told that it would end.
            Some(_) => return Err(Close::BAD_REQUEST),
        };
        self.reply(id, &Reply::Error(refused));
        Ok(())
    }
}

/// Whole seconds, as timers of clients take them: at least one, and within 31 bits of milliseconds.
fn seconds(span: Duration) -> u32 {
    u32::try_from(span.as_secs()).unwrap_or(u32::MAX).clamp(1, 2_147_483)
}

/// Another way of writing differences is no mistake of a person either.
pub(super) fn require_known_delta(subscribe: &Subscribe) -> Result<(), Close> {
    if ["", FOSSIL].contains(&subscribe.delta.as_str()) { Ok(()) } else { Err(Close::BAD_REQUEST) }
}

/// An empty name is no mistake of a person: no library sends one.
pub(super) fn require(text: &str) -> Result<(), Close> {
    if text.is_empty() { Err(Close::BAD_REQUEST) } else { Ok(()) }
}
