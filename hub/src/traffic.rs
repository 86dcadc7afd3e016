//! What every request goes through: a span, a count, a time limit, and a net under its handler.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    VARY,
};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use metrics::{SharedString, counter, histogram};
use tracing::field::Empty;
use tracing::{Instrument, debug, error, info_span};

use crate::error::{ApiError, Code};

/// Longest that any request may take; a long poll takes a little less.
pub(crate) const REQUEST_MAX: Duration = Duration::from_secs(65);
/// In which trace a request is, as its caller says.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// After how many seconds it is worth sending a request again that took too long.
const RETRY_SECONDS: u32 = 1;

/// Runs a request to its end, whatever that is, and writes down what came of it.
///
/// Neither queries nor headers nor bodies are written down: they know where people live.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = named(request.method());
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let route = route.unwrap_or("unmatched").to_owned();
    let span = info_span!(
        "request",
        method,
        route,
        role = Empty,
        user.id = Empty,
        order.id = Empty,
        command.id = Empty,
        status = Empty,
        ms = Empty
    );
    if let Some(trace) = request.headers().get(TRACEPARENT).and_then(|it| it.to_str().ok()) {
        telemetry::follow(&span, trace);
    }
    let response = finish(request, next).instrument(span.clone()).await;

    let took = started.elapsed();
    let status = response.status().as_u16();
    span.record("status", status).record("ms", took.as_millis() as u64);
    span.in_scope(|| debug!("answered"));
    count(method, route, response.status(), took);
    response
}

/// Counts an answer, whatever way it goes.
pub(crate) fn count(
    method: &'static str,
    route: impl Into<SharedString>,
    status: StatusCode,
    took: Duration,
) {
    let status = status.as_str().to_owned();
    let labels: [(&str, SharedString); 3] =
        [("method", method.into()), ("route", route.into()), ("status", status.into())];
    counter!("hub_requests_total", &labels).increment(1);
    histogram!("hub_request_seconds", &labels[..2]).record(took);
}

async fn finish(request: Request, next: Next) -> Response {
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(REQUEST_MAX, run).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            error!("a handler panicked");
            ApiError::new(Code::Internal, "this is our fault; it has been noted").into_response()
        }
        Err(_) => {
            error!("a request took longer than any may");
            let detail = "this took too long; the same request may be sent again";
            ApiError::try_later(Code::Unavailable, detail, RETRY_SECONDS).into_response()
        }
    }
}

/// The method, as one of few words: a client cannot make up labels for metrics.
fn named(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// Lets pages of the `allowed` origins use the API. Nobody sends cookies here, so all this keeps
/// out is a page that holds a token and comes from somewhere else.
pub(crate) async fn allow_origins(
    State(allowed): State<Arc<[HeaderValue]>>,
    request: Request,
    next: Next,
) -> Response {
    let origin = request.headers().get(ORIGIN).filter(|origin| allowed.contains(origin)).cloned();
    let Some(origin) = origin else {
        return next.run(request).await;
    };
    let is_question = request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match is_question {
        true => StatusCode::NO_CONTENT.into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    let fixed = [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT"),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, idempotency-key, if-none-match, last-event-id",
        ),
        (ACCESS_CONTROL_EXPOSE_HEADERS, "etag, location, retry-after"),
        (ACCESS_CONTROL_MAX_AGE, "7200"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(VARY, HeaderValue::from_static("origin"));
    response
}
