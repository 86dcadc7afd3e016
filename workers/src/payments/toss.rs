//! Toss Payments, by three of its documented calls: confirm, query and cancel. The payment's token
//! is the `paymentKey` that the customer's app was given for this order's id.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use domain::{Order, OrderId};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde_json::json;

use super::{Provider, Verdict};

/// How long a connection may take to stand.
const CONNECT_MAX: Duration = Duration::from_secs(2);
/// Longest that one call may take, its answer included.
const CALL_MAX: Duration = Duration::from_secs(5);
/// Errors that say nothing of the payment, although their status says that the request was wrong.
const NOT_A_NO: [&str; 8] = [
    "CARD_PROCESSING_ERROR",
    "FORBIDDEN_CONSECUTIVE_REQUEST",
    "FORBIDDEN_REQUEST",
    "IDEMPOTENT_REQUEST_PROCESSING",
    "INCORRECT_BASIC_AUTH_FORMAT",
    "INVALID_API_KEY",
    "PROVIDER_ERROR",
    "UNAUTHORIZED_KEY",
];
/// What the customer is told of a payment that the provider knows and will not carry out.
const NEVER_TAKEN: &str = "결제가 확인되지 않아 진행하지 않았어요";

/// A shop at Toss Payments.
pub(super) struct Toss {
    client: Client,
    url: Url,
    secret_key: String,
}

/// A payment as Toss shows it; of its many fields those that matter here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payment {
    payment_key: String,
    order_id: String,
    status: String,
    #[serde(default)]
    last_transaction_key: Option<String>,
}

/// Why a request was not carried out.
#[derive(Deserialize)]
struct Failure {
    code: String,
    message: String,
}

/// What Toss says to a request.
enum Answer {
    Payment(Payment),
    /// It was not carried out, and will not be.
    No(Failure),
}

impl Toss {
    pub(super) fn new(url: &str, secret_key: &str) -> anyhow::Result<Toss> {
        let url: Url = url.parse().context("reading TOSS_URL")?;
        let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        // The secret key goes with every call.
        ensure!(url.scheme() == "https" || is_here, "TOSS_URL must begin with https://");
        let client = Client::builder().connect_timeout(CONNECT_MAX).timeout(CALL_MAX);
        let client = client.redirect(reqwest::redirect::Policy::none()).build();
        let client = client.context("preparing calls to the provider")?;
        Ok(Toss { client, url, secret_key: secret_key.to_owned() })
    }

    async fn charge(&self, order: &Order) -> anyhow::Result<Verdict> {
        let id = order.id.to_string();
        let body = json!({
            "paymentKey": order.payment.by.token,
            "orderId": id,
            "amount": order.total_won,
        });
        let key = streams::sabotaged!("one-key", uuid::Uuid::now_v7().to_string(), id.clone());
        let request = self.client.post(self.path(&["confirm"])).header("Idempotency-Key", key);
        match self.ask(request.json(&body)).await.context("confirming")? {
            Answer::Payment(payment) => verdict(payment, order.id),
            // By us, earlier; or for another order, and then this one has no payment.
            Answer::No(failure) if failure.code == "ALREADY_PROCESSED_PAYMENT" => {
                self.settle_unknown(order.id).await
            }
            Answer::No(failure) => Ok(Verdict::Declined { reason: failure.message }),
        }
    }

    async fn settle_unknown(&self, id: OrderId) -> anyhow::Result<Verdict> {
        match self.query(id).await? {
            Some(payment) => verdict(payment, id),
            None => Ok(never_taken()),
        }
    }

    async fn refund(&self, order: &Order) -> anyhow::Result<String> {
        let approval = order.payment.approval.as_deref().context("nothing was approved")?;
        let rejected = order.rejected.map(|reason| reason.code());
        let canceled = order.canceled.as_ref().map(|(_, reason)| reason.code());
        let reason = rejected.or(canceled).unwrap_or("CALLED_OFF");
        // A key brings back the first answer, were it an error. So each try has its own: of the
        // whole amount only one cancellation can succeed.
        let key = format!("{}-{}", order.id, order.payment.refund_tries);
        let request = self.client.post(self.path(&[approval, "cancel"]));
        let request = request.header("Idempotency-Key", key);
        let payment = match self.ask(request.json(&json!({ "cancelReason": reason }))).await {
            Ok(Answer::Payment(payment)) => payment,
            Ok(Answer::No(failure)) if failure.code == "ALREADY_CANCELED_PAYMENT" => {
                self.query(order.id).await?.context("what was canceled is not there")?
            }
            Ok(Answer::No(failure)) => bail!("{}: {}", failure.code, failure.message),
            Err(error) => return Err(error.context("canceling")),
        };
        ensure!(payment.status == "CANCELED", "the payment is {} after all", payment.status);
        Ok(payment.last_transaction_key.unwrap_or(payment.payment_key))
    }

    async fn query(&self, id: OrderId) -> anyhow::Result<Option<Payment>> {
        let request = self.client.get(self.path(&["orders", &id.to_string()]));
        match self.ask(request).await.context("querying")? {
            Answer::Payment(payment) => Ok(Some(payment)),
            Answer::No(failure) if failure.code == "NOT_FOUND_PAYMENT" => Ok(None),
            Answer::No(failure) => bail!("{}: {}", failure.code, failure.message),
        }
    }

    /// Sends a request once. An error means that nobody knows whether it was carried out.
    async fn ask(&self, request: RequestBuilder) -> anyhow::Result<Answer> {
        let sent = request.basic_auth(&self.secret_key, Some("")).send().await;
        // The address of a call names the payment.
        let response = sent.map_err(reqwest::Error::without_url)?;
        let status = response.status();
        let body = response.bytes().await.map_err(reqwest::Error::without_url)?;
        if status.is_success() {
            let payment = serde_json::from_slice(&body).context("reading a payment")?;
            return Ok(Answer::Payment(payment));
        }
        match serde_json::from_slice(&body) {
            Ok(failure) if is_no(status, &failure) => Ok(Answer::No(failure)),
            Ok(Failure { code, message }) => bail!("{code}: {message}"),
            Err(_) => bail!("the provider answered {status}"),
        }
    }

    /// `/v1/payments/` and these segments, whatever is in them.
    fn path(&self, segments: &[&str]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["v1", "payments"]).extend(segments);
        }
        url
    }
}

impl Provider for Toss {
    fn charge<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, anyhow::Result<Verdict>> {
        self.charge(order).boxed()
    }

    fn settle_unknown(&self, id: OrderId) -> BoxFuture<'_, anyhow::Result<Verdict>> {
        self.settle_unknown(id).boxed()
    }

    fn refund<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, anyhow::Result<String>> {
        self.refund(order).boxed()
    }
}

fn is_no(status: StatusCode, failure: &Failure) -> bool {
    let is_about_request = matches!(status.as_u16(), 400 | 403 | 404);
    is_about_request && !NOT_A_NO.contains(&failure.code.as_str())
}

fn verdict(payment: Payment, id: OrderId) -> anyhow::Result<Verdict> {
    ensure!(payment.order_id == id.to_string(), "the provider answered for another order");
    match payment.status.as_str() {
        "DONE" => Ok(Verdict::Approved { approval: payment.payment_key }),
        "ABORTED" | "EXPIRED" | "CANCELED" => Ok(never_taken()),
        // It can still be confirmed by a call that is late: nothing is concluded until it expires.
        status => bail!("the payment is {status}"),
    }
}

fn never_taken() -> Verdict {
    Verdict::Declined { reason: NEVER_TAKEN.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_cannot_lead_a_call_elsewhere() {
        let toss = Toss::new("https://pay.example/base/", "key").unwrap();
        let url = toss.path(&["../../v1/brandpay?x=1#y", "cancel"]);
        let expected = "/base/v1/payments/..%2F..%2Fv1%2Fbrandpay%3Fx=1%23y/cancel";
        assert_eq!((url.path(), url.query()), (expected, None));
    }

    #[test]
    fn a_secret_is_not_sent_in_the_clear() {
        assert!(Toss::new("http://pay.example", "key").is_err());
        assert!(Toss::new("http://127.0.0.1:9", "key").is_ok());
    }

    #[test]
    fn what_is_not_about_the_payment_is_no_answer() {
        let failure = |code: &str| Failure { code: code.to_owned(), message: String::new() };
        assert!(is_no(StatusCode::FORBIDDEN, &failure("REJECT_CARD_PAYMENT")));
        assert!(!is_no(StatusCode::BAD_REQUEST, &failure("PROVIDER_ERROR")));
        assert!(!is_no(StatusCode::UNAUTHORIZED, &failure("UNAUTHORIZED_KEY")));
        assert!(!is_no(StatusCode::CONFLICT, &failure("IDEMPOTENT_REQUEST_PROCESSING")));
        assert!(!is_no(StatusCode::INTERNAL_SERVER_ERROR, &failure("REJECT_CARD_PAYMENT")));
    }
}
