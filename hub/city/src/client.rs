//! An ordinary client of the hub: HTTP and the socket, as an app would use them.
//!
//! It knows the contract's envelopes (tokens, problems, publications) and nothing of orders.

mod backoff;
mod error;
mod exchange;
mod keeper;
mod link;
mod socket;
mod wire;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

pub use self::backoff::Backoff;
pub use self::error::{Error, Problem};
pub use self::socket::{News, Payload, Socket, Subscription};

/// A little more than the longest wait that the hub offers (a long poll of 25 s).
const ANSWER_MAX: Duration = Duration::from_secs(30);
const CONNECTING_MAX: Duration = Duration::from_secs(3);

/// Somebody who uses the hub. Cloned handles are the same person.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    base_url: String,
    token: RwLock<String>,
    /// With it a fresh token can be had when the old one is refused.
    badge: Option<Badge>,
}

/// Whom a development token speaks for.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Badge {
    /// `customer`, `store`, `rider` or `operator`.
    pub role: &'static str,
    /// The user's id.
    pub sub: String,
    /// The store that a user with role `store` works in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_id: Option<String>,
}

#[derive(serde::Deserialize)]
struct Token {
    token: String,
}

impl Client {
    /// A client with a token that it got elsewhere; empty for what needs none.
    ///
    /// `base_url` is like `http://127.0.0.1:8080`.
    pub fn new(base_url: &str, token: impl Into<String>) -> Self {
        let http = reqwest::Client::builder()
            // The hub is reached directly, whatever proxy this machine uses for the world.
            .no_proxy()
            .timeout(ANSWER_MAX)
            .connect_timeout(CONNECTING_MAX)
            .build()
            .expect("these options need no file of this machine");
        Self::with(http, base_url.trim_end_matches('/').into(), token.into(), None)
    }

    fn with(http: reqwest::Client, base_url: String, token: String, badge: Option<Badge>) -> Self {
        let token = RwLock::new(token);
        Self { inner: Arc::new(Inner { http, base_url, token, badge }) }
    }

    /// Another person at the same hub, with a development token that is renewed when need be.
    /// Both share one pool of connections.
    pub async fn sign_in(&self, badge: Badge) -> Result<Self, Error> {
        let (http, base_url) = (self.inner.http.clone(), self.inner.base_url.clone());
        let other = Self::with(http, base_url, String::new(), Some(badge));
        other.renew_token().await?;
        Ok(other)
    }

    /// Where the hub is.
    pub fn base_url(&self) -> &str {
        &self.inner.base_url
    }

    /// Reads what is at `path`.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.ask(|| self.request(Method::GET, path)).await
    }

    /// Sends `body` to `path`, as all commands but an order's first are sent.
    pub async fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.ask(|| self.request(Method::PUT, path).json(body)).await
    }

    /// Sends `body` to `path`.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.ask(|| self.request(Method::POST, path).json(body)).await
    }

    /// Sends `body` to `path` so that sending it again under the same key does nothing more.
    pub async fn post_once<T: DeserializeOwned>(
        &self,
        path: &str,
        key: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.ask(|| self.request(Method::POST, path).header("idempotency-key", key).json(body))
            .await
    }

    /// Opens the socket and keeps it open until the last handle is dropped.
    pub async fn connect_socket(&self) -> Result<Socket, Error> {
        keeper::connect(self.clone()).await
    }

    pub(crate) fn token(&self) -> String {
        self.inner.token.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gets a fresh token and says whether this client can do so at all.
    pub(crate) async fn renew_token(&self) -> Result<bool, Error> {
        let Some(badge) = &self.inner.badge else {
            return Ok(false);
        };
        let url = format!("{}/dev/tokens", self.inner.base_url);
        let answer = self.inner.http.post(url).json(badge).send().await.map_err(Error::Sending)?;
        let Token { token } = read(answer).await?;
        *self.inner.token.write().unwrap_or_else(PoisonError::into_inner) = token;
        Ok(true)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.inner.http.request(method, format!("{}{path}", self.inner.base_url));
        match self.token() {
            token if token.is_empty() => request,
            token => request.bearer_auth(token),
        }
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<T, Error> {
        let answer = request().send().await.map_err(Error::Sending)?;
        if answer.status() == StatusCode::UNAUTHORIZED && self.renew_token().await? {
            return read(request().send().await.map_err(Error::Sending)?).await;
        }
        read(answer).await
    }
}

async fn read<T: DeserializeOwned>(answer: reqwest::Response) -> Result<T, Error> {
    let status = answer.status();
    let retry_after = answer
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(Duration::from_secs);
    let body = answer.bytes().await.map_err(Error::Sending)?;
    if !status.is_success() {
        return Err(Error::refused(status.as_u16(), &body, retry_after));
    }
    // An answer without a body reads as null.
    let body = if body.is_empty() { &b"null"[..] } else { &body };
    serde_json::from_slice(body).map_err(Error::Reading)
}

/// Writes `value` as JSON that can be embedded as it is.
fn raw(value: &impl Serialize) -> Result<Box<RawValue>, Error> {
    serde_json::value::to_raw_value(value).map_err(Error::Reading)
}
