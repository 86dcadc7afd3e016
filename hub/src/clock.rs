//! This machine's clock, for what needs no agreement with others. Deadlines of orders are decided
//! by the clock of the store of orders, never by this one.

use domain::Timestamp;

/// Now, as far as this machine knows.
pub(crate) fn now() -> Timestamp {
    Timestamp(u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0))
}
