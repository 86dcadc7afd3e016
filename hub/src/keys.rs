//! Whose signature a token carries. Knows nothing of what its bearer may do.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use domain::{OperatorId, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, Header, Validation, decode,
    decode_header, encode,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::identity::Identity;

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
    /// For the others: public keys by their `kid`.
    public: HashMap<String, Check>,
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
}

/// What a token says.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Claims {
    /// The person.
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
            Some(path) => public_keys(path)?,
            None => HashMap::new(),
        };
        ensure!(
            secret.is_some() || !public.is_empty(),
            "set TOKEN_SECRET or TOKEN_JWKS: without one of them nobody could sign in"
        );
        ensure!(
            secret.is_some() || !config.dev_tokens,
            "DEV_TOKENS needs TOKEN_SECRET: development tokens are signed with it"
        );
        Ok(Keys(Arc::new(KeyRing { secret, public })))
    }

    /// Says whose token this is.
    pub(crate) fn verify(&self, token: &str) -> Result<Verified, TokenError> {
        let header = decode_header(token).map_err(|_| TokenError::Invalid)?;
        let check = match (header.alg, &header.kid) {
            (Algorithm::HS256, _) => self.0.secret.as_ref().map(|secret| &secret.check),
            (_, Some(kid)) => self.0.public.get(kid),
            (_, None) => None,
        };
        let Check { key, validation } = check.ok_or(TokenError::Invalid)?;
        let claims = match decode::<Claims>(token, key, validation) {
            Ok(token) => token.claims,
            Err(error) if *error.kind() == ErrorKind::ExpiredSignature => {
                return Err(TokenError::Expired);
            }
            Err(_) => return Err(TokenError::Invalid),
        };
        let expires_at = Timestamp((claims.exp * 1_000.0) as u64);
        Ok(Verified { identity: claims.identity()?, expires_at })
    }

    /// Signs `claims`; nothing if there is no secret to sign with.
    pub(crate) fn sign(&self, claims: &Claims) -> Option<String> {
        let secret = self.0.secret.as_ref()?;
        encode(&Header::new(Algorithm::HS256), claims, &secret.sign).ok()
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
        check: Check {
            key: DecodingKey::from_secret(secret.as_bytes()),
            validation: validation(vec![Algorithm::HS256]),
        },
    })
}

fn public_keys(path: &str) -> anyhow::Result<HashMap<String, Check>> {
    if path.contains("://") {
        bail!("TOKEN_JWKS takes the path of a JWKS file; fetching one from a URL is not supported");
    }
    let text = std::fs::read(Path::new(path))
        .with_context(|| format!("reading the key set that TOKEN_JWKS names, {path}"))?;
    let set: JwkSet = serde_json::from_slice(&text)
        .with_context(|| format!("{path}, which TOKEN_JWKS names, is no JSON Web Key Set"))?;
    let mut keys = HashMap::new();
    for jwk in &set.keys {
        let Some(kid) = jwk.common.key_id.clone() else { continue };
        let Ok(key) = DecodingKey::from_jwk(jwk) else { continue };
        // Never HS256: a public key must not pass as a shared secret.
        let algorithm = match key.family() {
            AlgorithmFamily::Rsa => Algorithm::RS256,
            AlgorithmFamily::Ec => Algorithm::ES256,
            AlgorithmFamily::Ed => Algorithm::EdDSA,
            AlgorithmFamily::Hmac => continue,
        };
        keys.insert(kid, Check { key, validation: validation(vec![algorithm]) });
    }
    ensure!(!keys.is_empty(), "{path}, which TOKEN_JWKS names, has no usable key with a kid");
    Ok(keys)
}

fn validation(algorithms: Vec<Algorithm>) -> Validation {
    let mut validation = Validation::new(algorithms[0]);
    validation.algorithms = algorithms;
    validation.leeway = LEEWAY_SECONDS;
    validation.validate_nbf = true;
    // Whom a token is meant for is not part of the contract; the role is.
    validation.validate_aud = false;
    validation.set_required_spec_claims(&["exp", "sub"]);
    validation
}
