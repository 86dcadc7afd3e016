//! A JSON Web Key Set, as far as tokens may be signed with it.

use std::collections::HashMap;

use anyhow::{Context, ensure};
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::{Check, TokenError};

/// Most keys of one set: an issuer has one or two, and some that are about to go.
const KEYS_MAX: usize = 64;
/// Shortest modulus of an RSA key, 2048 bits, in characters of Base64. A shorter one can be broken.
const MODULUS_CHARACTERS_MIN: usize = 342;

/// The public keys of an issuer at one time. Never empty.
pub(super) struct KeySet {
    /// By `kid`. Keys of different kinds may share one.
    named: HashMap<String, Vec<Check>>,
    /// The key of tokens that name none: only where there is but one.
    only: Option<Check>,
}

/// Keys as they are written: each is read for itself, so that one of a kind we do not know does
/// not hide the others.
#[derive(Deserialize)]
struct Written {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a set. Keys that are for something else are left out.
    ///
    /// # Errors
    /// If nothing in it can check a token: an issuer always has a key.
    pub(super) fn read(text: &[u8]) -> anyhow::Result<KeySet> {
        let written: Written =
            serde_json::from_slice(text).context("this is no JSON Web Key Set")?;
        ensure!(written.keys.len() <= KEYS_MAX, "it has more than {KEYS_MAX} keys");
        let usable: Vec<(Option<String>, Algorithm, DecodingKey)> =
            written.keys.into_iter().filter_map(usable).collect();
        let only = match usable.as_slice() {
            [(_, algorithm, key)] => Some(Check::new(key.clone(), *algorithm)),
            _ => None,
        };
        let mut named: HashMap<String, Vec<Check>> = HashMap::new();
        for (kid, algorithm, key) in usable {
            if let Some(kid) = kid {
                named.entry(kid).or_default().push(Check::new(key, algorithm));
            }
        }
        ensure!(
            only.is_some() || !named.is_empty(),
            "it has no key for RS256, ES256 or EdDSA that can be told from others by a kid"
        );
        Ok(KeySet { named, only })
    }

    /// The key that a token names, if it is one for `algorithm`.
    pub(super) fn find(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<&Check, TokenError> {
        let candidates = match (kid, &self.only) {
            (Some(kid), _) => self.named.get(kid).ok_or(TokenError::UnknownKey)?.as_slice(),
            (None, Some(only)) => std::slice::from_ref(only),
            (None, None) => return Err(TokenError::Invalid),
        };
        let is_for = |check: &&Check| check.validation.algorithms == [algorithm];
        candidates.iter().find(is_for).ok_or(TokenError::Invalid)
    }

    /// What the keys are called, for the log.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.named.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

/// The name, the algorithm and the key itself, if it may check signatures. Never a secret: what
/// anybody can read must not sign.
fn usable(written: Value) -> Option<(Option<String>, Algorithm, DecodingKey)> {
    let jwk: Jwk = serde_json::from_value(written).ok()?;
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) if rsa.n.len() >= MODULUS_CHARACTERS_MIN => {
            (Algorithm::RS256, KeyAlgorithm::RS256)
        }
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    let is_for_it = jwk.common.key_algorithm.is_none_or(|it| it == name);
    let is_to_check = jwk.common.public_key_use.is_none_or(|it| it == PublicKeyUse::Signature)
        && jwk.common.key_operations.is_none_or(|it| it.contains(&KeyOperations::Verify));
    let key = DecodingKey::from_jwk(&Jwk { common: Default::default(), ..jwk }).ok()?;
    (is_for_it && is_to_check).then_some((jwk.common.key_id, algorithm, key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const X: &str = "11qYAyR4vQeW7XvWw4kq3Yp7hO0s6pB5l2nXb1cVQ2Y";

    fn ed(changes: Value) -> Value {
        let mut key = json!({"kty": "OKP", "crv": "Ed25519", "x": X, "kid": "a"});
        for (name, value) in changes.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    }

    fn read(keys: &[Value]) -> Option<KeySet> {
        KeySet::read(json!({ "keys": keys }).to_string().as_bytes()).ok()
    }

    #[test]
    fn a_key_is_good_for_what_it_says() {
        for good in [json!({}), json!({"use": "sig"}), json!({"key_ops": ["verify"]})] {
            assert!(read(&[ed(good.clone())]).is_some(), "{good}");
        }
        for bad in [json!({"use": "enc"}), json!({"alg": "ES256"}), json!({"key_ops": ["sign"]})] {
            assert!(read(&[ed(bad.clone())]).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_secret_and_a_weak_key_are_no_keys() {
        let rsa = |length| json!({"kty": "RSA", "kid": "r", "n": "Q".repeat(length), "e": "AQAB"});
        assert!(read(&[rsa(342)]).is_some());
        assert!(read(&[rsa(171)]).is_none());
        assert!(read(&[json!({"kty": "oct", "kid": "o", "k": "c2VjcmV0"})]).is_none());
        assert!(
            read(&[json!({"kty": "EC", "kid": "e", "crv": "P-384", "x": X, "y": X})]).is_none()
        );
    }

    #[test]
    fn what_cannot_be_read_does_not_hide_the_others() {
        let set = read(&[json!({"kty": "new", "kid": "n"}), json!("?"), ed(json!({}))]).unwrap();
        assert_eq!(set.names(), ["a"]);
    }

    #[test]
    fn only_where_there_is_one_key_a_token_need_not_name_it() {
        let nameless = ed(json!({"kid": null}));
        let one = read(std::slice::from_ref(&nameless)).unwrap();
        assert!(one.find(None, Algorithm::EdDSA).is_ok());
        assert_eq!(one.find(Some("a"), Algorithm::EdDSA).err(), Some(TokenError::UnknownKey));
        assert_eq!(one.find(None, Algorithm::RS256).err(), Some(TokenError::Invalid));

        assert!(read(&[nameless.clone(), nameless.clone()]).is_none());
        let two = read(&[nameless, ed(json!({}))]).unwrap();
        assert_eq!(two.find(None, Algorithm::EdDSA).err(), Some(TokenError::Invalid));
        assert!(two.find(Some("a"), Algorithm::EdDSA).is_ok());
        assert_eq!(two.find(Some("a"), Algorithm::ES256).err(), Some(TokenError::Invalid));
    }
}
