//! One person and their phone: asks, asks again while nobody knows, and writes everything down.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::records::{Answer, Asked, Records, Who, now};

/// How long one request may take.
const ANSWER_MAX: Duration = Duration::from_secs(6);
/// How long a connection is kept that nobody asks anything on: less than a hub goes on answering
/// that is about to stop, and asks whoever it answers to come elsewhere.
const IDLE_MAX: Duration = Duration::from_secs(1);
/// How long somebody who wants something done goes on asking, and after which pause.
const INSISTS_FOR: Duration = Duration::from_secs(40);
const ASKS_AGAIN_AFTER: Duration = Duration::from_millis(400);

/// Somebody with a token. Cloned handles are the same person.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) who: Who,
    pub(crate) base_url: String,
    pub(super) http: Client,
    token: Arc<Mutex<String>>,
    pub(crate) records: Records,
}

impl Person {
    /// Signs in.
    pub(crate) async fn arrive(
        base_url: &str,
        who: Who,
        records: &Records,
    ) -> anyhow::Result<Person> {
        let http = Client::builder().no_proxy().timeout(ANSWER_MAX);
        let http = http.pool_idle_timeout(IDLE_MAX).build()?;
        let person = Person {
            who,
            base_url: base_url.to_owned(),
            http,
            token: Arc::default(),
            records: records.clone(),
        };
        let give_up_at = Instant::now() + INSISTS_FOR;
        while let Err(error) = person.renew_token().await {
            if Instant::now() > give_up_at {
                return Err(error.context("signing in"));
            }
            sleep(ASKS_AGAIN_AFTER).await;
        }
        Ok(person)
    }

    pub(crate) fn token(&self) -> String {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gets a token of the hub's making.
    pub(crate) async fn renew_token(&self) -> anyhow::Result<()> {
        let wish = json!({"role": self.who.role, "sub": self.who.id, "storeId": self.who.id});
        let url = format!("{}/dev/tokens", self.base_url);
        let granted: Value = self.http.post(url).json(&wish).send().await?.json().await?;
        let token = granted["token"].as_str().context("a token")?.to_owned();
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = token;
        Ok(())
    }

    /// Asks once.
    pub(crate) async fn ask(
        &self,
        method: &'static str,
        path: &str,
        body: &Value,
        key: Option<&str>,
    ) -> Answer {
        let from = now();
        let answer = match self.send(method, path, body, key).await {
            Ok((status, text)) => Answer::Said { status, text },
            Err(error) => Answer::Unknown(format!("{error:#}")),
        };
        if answer.status() == Some(401) {
            // Signed by a clock that is elsewhere; the next request has another.
            let _ = self.renew_token().await;
        }
        self.records.note(Asked {
            who: self.who.clone(),
            method,
            path: path.to_owned(),
            key: key.map(str::to_owned),
            body: body.clone(),
            from,
            to: now(),
            answer: answer.clone(),
        });
        answer
    }

    /// Asks until somebody knows, or for so long that it makes no difference any more.
    pub(crate) async fn insist(
        &self,
        method: &'static str,
        path: &str,
        body: &Value,
        key: Option<&str>,
    ) -> Answer {
        let give_up_at = Instant::now() + INSISTS_FOR;
        loop {
            let answer = self.ask(method, path, body, key).await;
            let is_open = answer.is_open() || answer.status() == Some(401);
            if !is_open || Instant::now() > give_up_at {
                return answer;
            }
            sleep(ASKS_AGAIN_AFTER).await;
        }
    }

    /// Reads something, if that works.
    pub(crate) async fn read(&self, path: &str) -> Option<Value> {
        let answer = self.ask("GET", path, &Value::Null, None).await;
        serde_json::from_str(answer.yes()?).ok()
    }

    async fn send(
        &self,
        method: &'static str,
        path: &str,
        body: &Value,
        key: Option<&str>,
    ) -> anyhow::Result<(u16, String)> {
        let method = Method::from_bytes(method.as_bytes())?;
        let url = format!("{}{path}", self.base_url);
        let mut request = self.http.request(method, url).bearer_auth(self.token());
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.text().await?))
    }
}
