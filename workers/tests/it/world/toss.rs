//! A server that speaks the calls of Toss Payments which we use, with an idempotency key's memory.
//! The `paymentKey` says what happens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio_util::task::AbortOnDropHandle;

/// Of a shop that exists nowhere.
pub(crate) const SECRET_KEY: &str = "test_sk_moon";
/// The same as `Authorization` has it: in Base64, with a colon after it.
const AUTHORIZATION: &str = "Basic dGVzdF9za19tb29uOg==";

type Answer = (StatusCode, Json<Value>);

/// What the provider knows of one payment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Account {
    pub(crate) key: String,
    pub(crate) order: String,
    pub(crate) status: &'static str,
    pub(crate) amount: u64,
    pub(crate) charges: usize,
    pub(crate) cancels: usize,
    pub(crate) cancel_calls: usize,
}

#[derive(Default)]
struct Books {
    accounts: HashMap<String, Account>,
    /// By address and key, as documented: the first answer.
    answers: HashMap<(String, String), Answer>,
}

/// The server.
#[derive(Clone)]
pub(crate) struct TossServer {
    pub(crate) url: String,
    books: Arc<Mutex<Books>>,
    _serving: Arc<AbortOnDropHandle<()>>,
}

impl TossServer {
    pub(crate) async fn start() -> TossServer {
        let books = Arc::new(Mutex::new(Books::default()));
        let routes = Router::new()
            .route("/v1/payments/confirm", post(confirm))
            .route("/v1/payments/{key}/cancel", post(cancel))
            .route("/v1/payments/orders/{order}", get(query))
            .with_state(books.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        TossServer { url, books, _serving: Arc::new(AbortOnDropHandle::new(serving)) }
    }

    /// What is known of the payment of an order.
    pub(crate) fn account(&self, order: domain::OrderId) -> Account {
        let books = self.books.lock().unwrap();
        books.accounts.get(&order.to_string()).cloned().unwrap_or_default()
    }

    /// The customer's time to pay is over.
    pub(crate) fn expires(&self, order: domain::OrderId) {
        let mut books = self.books.lock().unwrap();
        books.accounts.get_mut(&order.to_string()).expect("a payment").status = "EXPIRED";
    }
}

async fn confirm(
    State(books): State<Arc<Mutex<Books>>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer {
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    let (key, order) = (text("paymentKey"), text("orderId"));
    assert_eq!(headers["authorization"], AUTHORIZATION);
    let answer = books.lock().unwrap().once(("confirm".to_owned(), &headers), |books| {
        let account = books.accounts.entry(order.clone()).or_insert_with(|| Account {
            key: key.clone(),
            order,
            status: "IN_PROGRESS",
            amount: body["amount"].as_u64().unwrap(),
            ..Account::default()
        });
        match key.as_str() {
            "pk_rejected" => account.status = "ABORTED",
            "pk_broken" => return failure(500, "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING"),
            // Confirmed before, behind our back: under a key that we know nothing of.
            "pk_confirmed" if account.status == "IN_PROGRESS" => {
                (account.status, account.charges) = ("DONE", 1);
                return failure(400, "ALREADY_PROCESSED_PAYMENT");
            }
            _ => (account.status, account.charges) = ("DONE", account.charges + 1),
        }
        match account.status {
            "ABORTED" => failure(403, "REJECT_CARD_PAYMENT"),
            _ => shown(account),
        }
    });
    match key.as_str() {
        "pk_slow" => tokio::time::sleep(Duration::from_secs(3)).await,
        "pk_lost" => std::future::pending().await,
        _ => (),
    }
    answer
}

async fn cancel(
    State(books): State<Arc<Mutex<Books>>>,
    Path(key): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer {
    assert_eq!(headers["authorization"], AUTHORIZATION);
    assert!(body["cancelReason"].as_str().is_some_and(|reason| !reason.is_empty()));
    let mut is_lost = false;
    let answer = books.lock().unwrap().once((key.clone(), &headers), |books| {
        let account = books.accounts.values_mut().find(|it| it.key == key && it.charges > 0);
        let Some(account) = account else { return failure(404, "NOT_FOUND_PAYMENT") };
        account.cancel_calls += 1;
        let is_first = account.cancel_calls == 1;
        match (key.as_str(), account.status) {
            ("pk_refund_fails", "DONE") if is_first => {
                return failure(500, "FAILED_INTERNAL_SYSTEM_PROCESSING");
            }
            (_, "CANCELED") => return failure(400, "ALREADY_CANCELED_PAYMENT"),
            _ => (account.status, account.cancels) = ("CANCELED", account.cancels + 1),
        }
        is_lost = key == "pk_refund_lost" && is_first;
        shown(account)
    });
    if is_lost {
        std::future::pending::<()>().await;
    }
    answer
}

async fn query(
    State(books): State<Arc<Mutex<Books>>>,
    Path(order): Path<String>,
    headers: HeaderMap,
) -> Answer {
    assert_eq!(headers["authorization"], AUTHORIZATION);
    match books.lock().unwrap().accounts.get(&order) {
        Some(account) => shown(account),
        None => failure(404, "NOT_FOUND_PAYMENT"),
    }
}

impl Books {
    fn once(
        &mut self,
        (address, headers): (String, &HeaderMap),
        work: impl FnOnce(&mut Books) -> Answer,
    ) -> Answer {
        let key = headers["idempotency-key"].to_str().unwrap().to_owned();
        if let Some(answer) = self.answers.get(&(address.clone(), key.clone())) {
            return answer.clone();
        }
        let answer = work(self);
        self.answers.insert((address, key), answer.clone());
        answer
    }
}

fn shown(account: &Account) -> Answer {
    let transactions = account.charges + account.cancels;
    let payment = json!({
        "paymentKey": account.key,
        "orderId": account.order,
        "status": account.status,
        "totalAmount": account.amount,
        "lastTransactionKey": (transactions > 0).then(|| format!("transaction-{transactions}")),
    });
    (StatusCode::OK, Json(payment))
}

fn failure(status: u16, code: &str) -> Answer {
    let status = StatusCode::from_u16(status).unwrap();
    (status, Json(json!({ "code": code, "message": format!("{code}!") })))
}
