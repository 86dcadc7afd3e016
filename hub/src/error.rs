//! What an app is told when something is not to be had: RFC 9457, with a code to switch on.

use std::borrow::Cow;

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::Refusal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::value::RawValue;
use streams::{Error, PlaceError};

use crate::view::{JobView, OrderView, TicketView};

/// After how many seconds it is worth trying again when Redis did not answer.
const RETRY_SECONDS: u32 = 1;
/// What a customer reads while the payment provider fails.
const PAYMENT_BUSY: &str = "결제시스템이 과중된 상태입니다. 잠시 후 다시 결제해 주세요.";

/// A refusal or a failure, on its way to whoever asked.
#[derive(Debug)]
pub(crate) struct ApiError(Box<Problem>);

/// `application/problem+json`.
#[derive(Debug, Serialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub title: &'static str,
    pub status: u16,
    pub code: Code,
    pub detail: Cow<'static, str>,
    /// The order as it truly is, in the eyes of whoever was refused: an order, a ticket or a job.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<AsItIs>")]
    #[cfg_attr(test, ts(optional, type = "Order | Ticket | Job"))]
    pub order: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<Fault>>"))]
    pub errors: Vec<Fault>,
    #[serde(skip)]
    #[cfg_attr(test, ts(skip))]
    pub retry_seconds: Option<u32>,
}

/// Describes an order in the eyes of whoever was refused.
struct AsItIs;

impl JsonSchema for AsItIs {
    fn schema_name() -> Cow<'static, str> {
        "AsItIs".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let order = generator.subschema_for::<OrderView>();
        let ticket = generator.subschema_for::<TicketView>();
        let job = generator.subschema_for::<JobView>();
        json_schema!({ "anyOf": [order, ticket, job] })
    }
}

/// Something wrong with what was sent.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Fault {
    pub pointer: String,
    pub detail: Cow<'static, str>,
}

/// What apps switch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ProblemCode")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "ProblemCode"))]
pub enum Code {
    Unauthenticated,
    PaymentDeclined,
    NotYours,
    NotFound,
    MethodNotAllowed,
    Taken,
    CancelTooLate,
    WrongState,
    TooFar,
    TooManyJobs,
    StoreClosed,
    SoldOut,
    OutOfArea,
    PayloadTooLarge,
    UnsupportedMediaType,
    Invalid,
    TooManyRequests,
    Internal,
    PaymentBusy,
    Unavailable,
}

impl Code {
    /// The status of HTTP that it comes with.
    pub(crate) fn status(self) -> StatusCode {
        use Code::*;
        match self {
            Unauthenticated => StatusCode::UNAUTHORIZED,
            PaymentDeclined => StatusCode::PAYMENT_REQUIRED,
            NotYours => StatusCode::FORBIDDEN,
            NotFound => StatusCode::NOT_FOUND,
            MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Taken | CancelTooLate | WrongState | TooFar | TooManyJobs | StoreClosed | SoldOut
            | OutOfArea => StatusCode::CONFLICT,
            PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Internal => StatusCode::INTERNAL_SERVER_ERROR,
            PaymentBusy | Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl ApiError {
    /// Says `code`, in words for whoever reads it.
    pub(crate) fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> ApiError {
        let status = code.status();
        ApiError(Box::new(Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            order: None,
            errors: Vec::new(),
            retry_seconds: None,
        }))
    }

    /// The status of HTTP that it comes with.
    pub(crate) fn status(&self) -> StatusCode {
        self.0.code.status()
    }

    /// Nobody knows who is asking.
    pub(crate) fn unauthenticated(detail: &'static str) -> ApiError {
        ApiError::new(Code::Unauthenticated, detail)
    }

    /// This is for people of another role.
    pub(crate) fn wrong_role(role: &'static str) -> ApiError {
        ApiError::new(Code::NotYours, format!("this is not for the role {role}"))
    }

    /// There is no such thing, or it is somebody else's, which nobody needs to know.
    pub(crate) fn not_found(what: &'static str) -> ApiError {
        ApiError::new(Code::NotFound, format!("there is no such {what}"))
    }

    /// One thing is wrong with what was sent.
    pub(crate) fn invalid(
        pointer: impl Into<String>,
        detail: impl Into<Cow<'static, str>>,
    ) -> ApiError {
        ApiError::faulty(vec![Fault { pointer: pointer.into(), detail: detail.into() }])
    }

    /// Several things are wrong with what was sent.
    pub(crate) fn faulty(errors: Vec<Fault>) -> ApiError {
        let detail = match errors.as_slice() {
            [only] if only.pointer.is_empty() => only.detail.to_string(),
            [only] => format!("{}: {}", only.pointer, only.detail),
            all => format!("{} things are wrong", all.len()),
        };
        let mut error = ApiError::new(Code::Invalid, detail);
        error.0.errors = errors;
        error
    }

    /// It cannot be had now, and perhaps can in `retry_seconds`.
    pub(crate) fn try_later(code: Code, detail: &'static str, retry_seconds: u32) -> ApiError {
        let mut error = ApiError::new(code, detail);
        error.0.retry_seconds = Some(retry_seconds);
        error
    }

    /// The same, with the order as it truly is.
    pub(crate) fn with_order(mut self, order: Option<Box<RawValue>>) -> ApiError {
        self.0.order = order;
        self
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> ApiError {
        let code = match &refusal {
            Refusal::NotYours => return ApiError::not_found("order"),
            Refusal::Invalid { pointer, detail } => {
                return ApiError::invalid(pointer.clone(), detail.clone());
            }
            Refusal::Taken => Code::Taken,
            Refusal::CancelTooLate => Code::CancelTooLate,
            Refusal::WrongState(_)
            | Refusal::UndoTooLate
            | Refusal::ReleasedByYou
            | Refusal::PositionUnknown => Code::WrongState,
            Refusal::TooFar { .. } => Code::TooFar,
            Refusal::TooManyJobs(_) => Code::TooManyJobs,
            Refusal::StoreClosed | Refusal::StoreFull => Code::StoreClosed,
            Refusal::SoldOut(_) => Code::SoldOut,
            Refusal::OutOfArea { .. } => Code::OutOfArea,
        };
        ApiError::new(code, refusal.to_string())
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> ApiError {
        let chain = format!("{:#}", anyhow::Error::new(error));
        tracing::warn!(error = chain, "answered that the service is unavailable");
        let detail = "this cannot be answered right now; the same request may be sent again";
        ApiError::try_later(Code::Unavailable, detail, RETRY_SECONDS)
    }
}

impl From<PlaceError> for ApiError {
    fn from(error: PlaceError) -> ApiError {
        match error {
            PlaceError::NoSuchStore => ApiError::invalid("/storeId", "there is no such store"),
            PlaceError::Refused(refusal) => refusal.into(),
            PlaceError::KeyReused => {
                ApiError::invalid("/idempotencyKey", "it was used for another order")
            }
            PlaceError::PaymentBusy { retry_after } => {
                let retry_seconds = retry_after.as_secs_f64().ceil().max(1.0) as u32;
                ApiError::try_later(Code::PaymentBusy, PAYMENT_BUSY, retry_seconds)
            }
            PlaceError::Redis(error) => error.into(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Problem { code, retry_seconds, .. } = *self.0;
        let mut response = (code.status(), Json(&*self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if code == Code::Unauthenticated {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_seconds {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
