//! Whose signature a token carries. Knows nothing of what its bearer may do.
//!
//! A key is good for one algorithm, which the key itself says; that of a token only chooses among
//! the keys there are.

mod key_set;
mod published;
mod source;

use std::sync::Arc;

use anyhow::ensure;
use domain::{OperatorId, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::identity::Identity;
use published::Published;

pub(crate) use published::LEARNED_MAX;

/// A shorter secret can be guessed.
const SECRET_BYTES_MIN: usize = 32;
/// How far the clocks of the issuer and of this machine may be apart.
const LEEWAY_SECONDS: u64 = 5;

/// Everything that can vouch for a token. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Keys(Arc<KeyRing>);

struct KeyRing {
    /// For HS256: the secret that the issuer and we share.
    secret: Option<Secret>,
    /// For the others: the public keys of an issuer, as they change.
    public: Option<Arc<Published>>,
}

struct Secret {
    sign: EncodingKey,
    check: Check,
}

/// One key, with what it is good for.
struct Check {
    key: DecodingKey,
    validation: Validation,
}

/// A token that was good.
#[derive(Debug)]
pub(crate) struct Verified {
    /// Whose it is.
    pub(crate) identity: Identity,
    /// Until when it is good.
    pub(crate) expires_at: Timestamp,
}

/// Why a token was not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// It once was.
    Expired,
    /// It never was.
    Invalid,
    /// It names a key that is not known here, and that its issuer may have by now.
    UnknownKey,
}

/// What a token says.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Claims {
    /// The person; of a guest, the order.
    pub(crate) sub: String,
    /// As what.
    pub(crate) role: Role,
    /// Of which store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) store_id: Option<String>,
    /// Until when, in seconds; issuers may write decimals.
    pub(crate) exp: f64,
}

/// As what somebody asks.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Role {
    Customer,
    Store,
    Rider,
    Operator,
    /// Of no account; comes of itself out of a shared link.
    #[schemars(skip)]
    #[cfg_attr(test, ts(skip))]
    Guest,
}

impl Keys {
    /// Takes the keys that the settings name.
    ///
    /// # Errors
    /// If there are none, or they are no good: in one sentence, for whoever starts the program.
    pub(crate) fn of(config: &Config) -> anyhow::Result<Keys> {
        let secret = match &config.token_secret {
            Some(secret) => Some(shared_secret(secret.expose())?),
            None => None,
        };
        let public = match &config.token_jwks {
            Some(source) => Some(Arc::new(Published::by(source)?)),
            None => None,
        };
        ensure!(
            secret.is_some() || public.is_some(),
            "set TOKEN_SECRET or TOKEN_JWKS: without one of them nobody could sign in"
        );
        ensure!(
            secret.is_some() || !config.dev_tokens,
            "DEV_TOKENS needs TOKEN_SECRET: development tokens are signed with it"
        );
        Ok(Keys(Arc::new(KeyRing { secret, public })))
    }

    /// Reads the keys of the issuer for the first time.
    ///
    /// # Errors
    /// If they are in a file, and it is no good. An issuer that cannot be asked now is no error.
    pub(crate) async fn begin(&self) -> anyhow::Result<()> {
        match &self.0.public {
            Some(public) => public.begin().await,
            None => Ok(()),
        }
    }

    /// Keeps up with the issuer for ever. Whoever spawned it stops it.
    pub(crate) async fn keep_up(self) {
        match &self.0.public {
            Some(public) => public.keep_up().await,
            None => std::future::pending().await,
        }
    }

    /// Whether any token can be checked: `false` until an issuer has been reached once.
    pub(crate) fn are_there(&self) -> bool {
        self.0.secret.is_some() || self.0.public.as_ref().is_some_and(|it| it.latest().is_some())
    }

    /// Says whose token this is. Asks its issuer anew if it names a key that is not known, and
    /// waits for the answer for [`LEARNED_MAX`] at most.
    ///
    /// # Errors
    /// [`TokenError::UnknownKey`] if the issuer could not be asked, so that nobody can say.
    pub(crate) async fn verify(&self, token: &str) -> Result<Verified, TokenError> {
        match (self.check(token), &self.0.public) {
            (Err(TokenError::UnknownKey), Some(public)) if public.learned().await => {
                self.check(token).map_err(|error| match error {
                    TokenError::UnknownKey => TokenError::Invalid,
                    error => error,
                })
            }
            (checked, _) => checked,
        }
    }

    /// Says whose token this is, by the keys that are known now.
    pub(crate) fn check(&self, token: &str) -> Result<Verified, TokenError> {
        let header = decode_header(token).map_err(|_| TokenError::Invalid)?;
        // What its issuer insists on is not known here.
        if header.crit.is_some() {
            return Err(TokenError::Invalid);
        }
        if header.alg == Algorithm::HS256 {
            let secret = self.0.secret.as_ref().ok_or(TokenError::Invalid)?;
            return secret.check.verify(token);
        }
        let public = self.0.public.as_ref().ok_or(TokenError::Invalid)?;
        let latest = public.latest().ok_or(TokenError::UnknownKey)?;
        latest.keys.find(header.kid.as_deref(), header.alg)?.verify(token)
    }

    /// Whether there is a secret to sign with.
    pub(crate) fn can_sign(&self) -> bool {
        self.0.secret.is_some()
    }

    /// Signs `claims`; nothing if there is no secret to sign with.
    pub(crate) fn sign(&self, claims: &Claims) -> Option<String> {
        let secret = self.0.secret.as_ref()?;
        encode(&Header::new(Algorithm::HS256), claims, &secret.sign).ok()
    }
}

impl Check {
    fn new(key: DecodingKey, algorithm: Algorithm) -> Check {
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        // Whom a token is meant for is not part of the contract; the role is.
        validation.validate_aud = false;
        validation.set_required_spec_claims(&["exp", "sub"]);
        Check { key, validation }
    }

    fn verify(&self, token: &str) -> Result<Verified, TokenError> {
        let claims = match decode::<Claims>(token, &self.key, &self.validation) {
            Ok(token) => token.claims,
            Err(error) if *error.kind() == ErrorKind::ExpiredSignature => {
                return Err(TokenError::Expired);
            }
            Err(_) => return Err(TokenError::Invalid),
        };
        let expires_at = Timestamp((claims.exp * 1_000.0) as u64);
        Ok(Verified { identity: claims.identity()?, expires_at })
    }
}

impl Claims {
    /// The person whom the claims describe.
    pub(crate) fn identity(&self) -> Result<Identity, TokenError> {
        let invalid = |_| TokenError::Invalid;
        let user = self.sub.as_str();
        Ok(match self.role {
            Role::Customer => Identity::Customer(user.parse().map_err(invalid)?),
            Role::Rider => Identity::Rider(user.parse().map_err(invalid)?),
            Role::Operator => Identity::Operator(user.parse().map_err(invalid)?),
            Role::Guest => Identity::Guest(user.parse().map_err(|_| TokenError::Invalid)?),
            Role::Store => {
                let id = self.store_id.as_deref().ok_or(TokenError::Invalid)?;
                // The people of a store have ids like everybody else.
                let user = user.parse::<OperatorId>().map_err(invalid)?.into();
                Identity::Store { id: id.parse().map_err(invalid)?, user }
            }
        })
    }
}

fn shared_secret(secret: &str) -> anyhow::Result<Secret> {
    ensure!(
        secret.len() >= SECRET_BYTES_MIN,
        "TOKEN_SECRET has {} bytes and needs at least {SECRET_BYTES_MIN}, or it could be guessed",
        secret.len()
    );
    Ok(Secret {
        sign: EncodingKey::from_secret(secret.as_bytes()),
        check: Check::new(DecodingKey::from_secret(secret.as_bytes()), Algorithm::HS256),
    })
}
