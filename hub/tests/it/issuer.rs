//! An identity provider: keys that sign tokens, and a server that publishes some of them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use crate::scene::now;

/// A key pair, good for nothing but these tests.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) kid: &'static str,
    pub(crate) algorithm: Algorithm,
    key: EncodingKey,
}

impl Pair {
    pub(crate) fn rsa(kid: &'static str) -> Pair {
        let key = EncodingKey::from_rsa_der(include_bytes!("issuer/rsa.der"));
        Pair { kid, algorithm: Algorithm::RS256, key }
    }

    pub(crate) fn ec(kid: &'static str) -> Pair {
        let key = EncodingKey::from_ec_der(include_bytes!("issuer/ec.der"));
        Pair { kid, algorithm: Algorithm::ES256, key }
    }

    pub(crate) fn ed(kid: &'static str) -> Pair {
        let key = EncodingKey::from_ed_der(include_bytes!("issuer/ed.der"));
        Pair { kid, algorithm: Algorithm::EdDSA, key }
    }

    /// One that the issuer never had.
    pub(crate) fn stranger(kid: &'static str) -> Pair {
        let key = EncodingKey::from_ed_der(include_bytes!("issuer/stranger.der"));
        Pair { kid, algorithm: Algorithm::EdDSA, key }
    }

    /// What anybody may know of it.
    pub(crate) fn public(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).expect("a fine key");
        jwk.common.key_id = Some(self.kid.to_owned());
        serde_json::to_value(jwk).expect("keys are JSON")
    }

    /// A token with these claims.
    pub(crate) fn signs(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.kid.to_owned()), ..Header::new(self.algorithm) };
        self.signs_under(&header, claims)
    }

    /// A token with this header.
    pub(crate) fn signs_under(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.key).expect("claims are JSON")
    }
}

/// What the token of a customer says, good for ten minutes.
pub(crate) fn claims() -> Value {
    json!({"sub": "mina", "role": "customer", "exp": now().0 / 1_000 + 600})
}

/// A set of keys as it is published.
pub(crate) fn key_set(pairs: &[Pair]) -> Value {
    json!({"keys": pairs.iter().map(Pair::public).collect::<Vec<Value>>()})
}

/// A server that publishes keys. Gone when dropped.
pub(crate) struct Issuer {
    pub(crate) address: SocketAddr,
    published: Arc<Mutex<Option<Value>>>,
    _serving: AbortOnDropHandle<()>,
}

impl Issuer {
    /// Publishes these keys; answers with an error if there are none.
    pub(crate) async fn publishing(pairs: &[Pair]) -> Issuer {
        let published = Arc::new(Mutex::new(Some(key_set(pairs)).filter(|_| !pairs.is_empty())));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let shown = published.clone();
        let show = async move || -> Response {
            match shown.lock().expect("nobody panics").clone() {
                Some(keys) => axum::Json(keys).into_response(),
                None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            }
        };
        let routes = Router::new().route("/keys", get(show));
        let serving = tokio::spawn(async move {
            axum::serve(listener, routes).await.expect("it goes on");
        });
        Issuer { address, published, _serving: AbortOnDropHandle::new(serving) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/keys", self.address)
    }

    /// From now on these are the keys.
    pub(crate) fn publishes(&self, pairs: &[Pair]) {
        *self.published.lock().expect("nobody panics") = Some(key_set(pairs));
    }

    /// From now on there is an error instead.
    pub(crate) fn fails(&self) {
        *self.published.lock().expect("nobody panics") = None;
    }
}
