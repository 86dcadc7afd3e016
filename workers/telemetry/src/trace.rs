//! Traces: one follows an order through every process that has a hand in it.
//!
//! Without an endpoint nobody listens to spans for their sake, and every question here is one
//! look at a flag.

#[cfg(feature = "otlp")]
mod otlp;
#[cfg(not(feature = "otlp"))]
mod without;

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Span;

#[cfg(feature = "otlp")]
use otlp as kind;
#[cfg(not(feature = "otlp"))]
use without as kind;

pub(crate) use kind::Traces;

/// Whether traces are sent.
static IS_TRACING: AtomicBool = AtomicBool::new(false);

/// Whether this process sends traces.
pub fn is_tracing() -> bool {
    IS_TRACING.load(Ordering::Relaxed)
}

/// Where in which trace the current span is, as W3C `traceparent`; `None` where that trace is not
/// sent to anybody.
pub fn traceparent() -> Option<String> {
    if !is_tracing() {
        return None;
    }
    kind::traceparent(&Span::current())
}

/// Makes `span`, which nobody has entered yet, go on where `traceparent` says. One that makes no
/// sense begins a trace of its own.
pub fn follow(span: &Span, traceparent: &str) {
    if is_tracing() {
        kind::follow(span, traceparent);
    }
}
