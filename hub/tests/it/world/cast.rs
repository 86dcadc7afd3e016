//! People with a token, and what they are answered.

mod contract;

use hub::Server;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::{basket, http, id};

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Person {
    client: Client,
    base_url: String,
    pub(crate) token: String,
}

/// What somebody was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Person {
    pub(crate) async fn sign_in(hub: &Server, role: &str, id: &str) -> Person {
        let client = http();
        let base_url = format!("http://{}", hub.local_addr());
        let wish = json!({"role": role, "sub": id, "storeId": id});
        let sent = client.post(format!("{base_url}/dev/tokens")).json(&wish).send().await;
        let granted: Value = sent.expect("the hub is there").json().await.expect("a token");
        let token = granted["token"].as_str().expect("a token").to_owned();
        Person { client, base_url, token }
    }

    /// The same person with another token.
    pub(crate) fn with_token(&self, token: &str) -> Person {
        Person { token: token.to_owned(), ..self.clone() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.base_url);
        self.client.request(method, url).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        answer(self.request(Method::PUT, path).json(&body)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        answer(self.request(Method::POST, path).json(&body)).await
    }

    /// Orders `basket` under `key`.
    pub(crate) async fn tries_to_order(&self, key: &str, basket: Value) -> Answer {
        let request = self.request(Method::POST, "/orders").header("idempotency-key", key);
        answer(request.json(&basket)).await
    }

    /// Orders the usual and pays; returns the id.
    pub(crate) async fn orders(&self, key: &str) -> String {
        id(&self.tries_to_order(key, basket("tok_ok")).await.is(201).body)
    }

    /// Works from there.
    pub(crate) async fn goes_to(&self, lat: f64, lng: f64) {
        self.put("/riders/me/online", json!({})).await.is(200);
        self.put("/riders/me/location", json!({"lat": lat, "lng": lng})).await.is(200);
    }
}

impl Answer {
    /// Insists on a status.
    pub(crate) fn is(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// Insists on a problem.
    pub(crate) fn problem(self, status: u16, code: &str) -> Answer {
        let answer = self.is(status);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.body["code"], code, "{}", answer.body);
        assert_eq!(answer.body["type"], "about:blank");
        assert_eq!(answer.body["status"], status);
        assert!(answer.body["title"].is_string() && answer.body["detail"].is_string());
        answer
    }

    /// Insists on where it was invalid.
    pub(crate) fn invalid_at(self, pointer: &str) -> Answer {
        let answer = self.problem(422, "invalid");
        let faults = answer.body["errors"].as_array().expect("faults");
        assert!(faults.iter().any(|fault| fault["pointer"] == pointer), "{faults:?}");
        answer
    }
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.expect("a fine request");
    let (method, url) = (request.method().as_str().to_lowercase(), request.url().clone());
    let response = client.execute(request).await.expect("the hub is there");
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let text = response.text().await.expect("a whole answer");
    let body = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.clone()));
    contract::check(&client, &url, &method, status, &body).await;
    Answer { status, headers, body, text }
}
