//! The payment provider: a process' worth of HTTP that knows nothing of us, keeps a ledger of its
//! own, and has moods. It speaks the three calls of Toss Payments that workers make, and believes
//! in idempotency keys only: whoever confirms under another key is charged again.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use crate::records::now;

/// What workers know the shop by.
pub(crate) const SECRET_KEY: &str = "chaos_secret_key";
/// For how long a payment that was begun can be confirmed, once somebody asks about it.
const CONFIRMED_WITHIN: Duration = Duration::from_secs(2);
/// How long a slow provider takes: longer than a customer is kept waiting, and less than workers
/// are ready to wait.
const SLOW: Duration = Duration::from_secs(3);
/// How long an answer that is lost is held: longer than anybody waits.
const LOST: Duration = Duration::from_secs(30);

/// How the provider is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    #[default]
    Well,
    /// Does what it is asked, but says that it failed.
    Fails,
    /// Does what it is asked, and takes its time to say so.
    Slow,
    /// Does what it is asked, and never says so.
    Mute,
    /// Does nothing, and says so.
    Down,
}

/// The account of one order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    /// The customer's own name for the payment.
    pub(crate) key: String,
    pub(crate) amount: u64,
    /// How often money was taken, and given back.
    pub(crate) charges: u32,
    /// When it was taken first, and given back first, in ms since 1970.
    pub(crate) charged_at: u64,
    pub(crate) refunded_at: u64,
    pub(crate) refunds: u32,
    pub(crate) refund_calls: u32,
    pub(crate) status: &'static str,
    pub(crate) asked_at: Option<Instant>,
}

/// The provider at work.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) address: SocketAddr,
    books: Arc<Mutex<Books>>,
    serving: AbortHandle,
}

#[derive(Debug, Default)]
struct Books {
    mood: Mood,
    /// By order.
    accounts: HashMap<String, Account>,
    /// First answers, by what was asked and the idempotency key.
    answers: HashMap<(String, String), Answer>,
}

type Answer = (StatusCode, Json<Value>);
type Shared = Arc<Mutex<Books>>;

impl Provider {
    pub(crate) async fn start() -> anyhow::Result<Provider> {
        let books = Shared::default();
        let routes = Router::new()
            .route("/v1/payments/confirm", post(confirm))
            .route("/v1/payments/{key}/cancel", post(cancel))
            .route("/v1/payments/orders/{order}", get(query))
            .with_state(books.clone());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("a port")?;
        let address = listener.local_addr()?;
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Provider { address, books, serving: serving.abort_handle() })
    }

    /// From now on it is like this.
    pub(crate) fn feels(&self, mood: Mood) {
        lock(&self.books).mood = mood;
    }

    /// The ledger, by order.
    pub(crate) fn ledger(&self) -> HashMap<String, Account> {
        lock(&self.books).accounts.clone()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn lock(books: &Shared) -> MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn confirm(State(books): State<Shared>, headers: HeaderMap, body: Json<Value>) -> Answer {
    let (key, order) = (text(&body["paymentKey"]), text(&body["orderId"]));
    let answer = lock(&books).once("confirm".to_owned(), &headers, |books| {
        let account = books.accounts.entry(order.clone()).or_default();
        account.key.clone_from(&key);
        account.amount = body["amount"].as_u64().unwrap_or(0);
        match account.status {
            "EXPIRED" | "CANCELED" => return failure(404, "NOT_FOUND_PAYMENT_SESSION"),
            _ if key.contains("declined") => {
                account.status = "ABORTED";
                return failure(403, "REJECT_CARD_PAYMENT");
            }
            _ => {
                (account.status, account.charges) = ("DONE", account.charges + 1);
                if account.charges == 1 {
                    account.charged_at = now();
                }
            }
        }
        shown(&order, account)
    });
    told(&books, answer, key.contains("slow"), key.contains("lost")).await
}

async fn cancel(
    State(books): State<Shared>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let answer = lock(&books).once(format!("cancel {key}"), &headers, |books| {
        let found = books.accounts.iter_mut().find(|(_, it)| it.key == key && it.charges > 0);
        let Some((order, account)) = found else { return failure(404, "NOT_FOUND_PAYMENT") };
        account.refund_calls += 1;
        let fails = key.contains("never") || (key.contains("fails") && account.refund_calls < 3);
        match account.status {
            "CANCELED" => return failure(400, "ALREADY_CANCELED_PAYMENT"),
            _ if fails => return failure(500, "FAILED_INTERNAL_SYSTEM_PROCESSING"),
            _ => {
                (account.status, account.refunds) = ("CANCELED", account.refunds + 1);
                if account.refunds == 1 {
                    account.refunded_at = now();
                }
            }
        }
        shown(order, account)
    });
    told(&books, answer, false, false).await
}

/// A payment that was never confirmed was begun by a customer all the same: it can still be
/// confirmed until it expires.
async fn query(State(books): State<Shared>, Path(order): Path<String>) -> Answer {
    let answer = {
        let mut books = lock(&books);
        if books.mood == Mood::Down {
            failure(500, "PROVIDER_ERROR")
        } else {
            let account = books.accounts.entry(order.clone()).or_default();
            let asked_at = *account.asked_at.get_or_insert_with(Instant::now);
            if account.status.is_empty() && asked_at.elapsed() > CONFIRMED_WITHIN {
                account.status = "EXPIRED";
            }
            shown(&order, account)
        }
    };
    told(&books, answer, false, false).await
}

/// Says it, as well as the mood allows.
async fn told(books: &Shared, answer: Answer, is_slow: bool, is_lost: bool) -> Answer {
    let mood = lock(books).mood;
    if is_slow || mood == Mood::Slow {
        sleep(SLOW).await;
    }
    if is_lost || mood == Mood::Mute {
        sleep(LOST).await;
    }
    match mood {
        Mood::Fails => failure(500, "FAILED_INTERNAL_SYSTEM_PROCESSING"),
        _ => answer,
    }
}

impl Books {
    /// Does it, unless it was done under this key before; then the first answer is given again.
    fn once(
        &mut self,
        what: String,
        headers: &HeaderMap,
        work: impl FnOnce(&mut Books) -> Answer,
    ) -> Answer {
        if self.mood == Mood::Down {
            return failure(500, "PROVIDER_ERROR");
        }
        let key = headers.get("idempotency-key").and_then(|it| it.to_str().ok());
        let key = (what, key.unwrap_or_default().to_owned());
        if let Some(answer) = self.answers.get(&key) {
            return answer.clone();
        }
        let answer = work(self);
        self.answers.insert(key, answer.clone());
        answer
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn shown(order: &str, account: &Account) -> Answer {
    let status = if account.status.is_empty() { "IN_PROGRESS" } else { account.status };
    let payment = json!({
        "paymentKey": account.key,
        "orderId": order,
        "status": status,
        "totalAmount": account.amount,
        "lastTransactionKey": format!("transaction-{}", account.charges + account.refunds),
    });
    (StatusCode::OK, Json(payment))
}

fn failure(status: u16, code: &str) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(json!({"code": code, "message": format!("{code}!")})))
}
