//! Places at which a program can be told to die in the middle of something, for those who prove
//! that it does no harm. Only in builds with the feature `crash-points`; elsewhere the macros
//! leave nothing behind.
//!
//! `CRASH_AT=append.done:3` aborts the process when it gets to that place for the third time.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How long something that was begun goes on before the end: long enough to be sent, and too
/// short for most answers.
const BEGUN_FOR: Duration = Duration::from_micros(300);

/// Where to die, and how many times to pass by before.
static ORDER: LazyLock<Option<(String, AtomicU32)>> = LazyLock::new(|| {
    let order = std::env::var("CRASH_AT").ok()?;
    let (name, times) = order.split_once(':')?;
    Some((name.to_owned(), AtomicU32::new(times.parse().ok()?)))
});

/// Whether this is the time to die at `name`.
fn is_now(name: &str) -> bool {
    match &*ORDER {
        Some((place, left)) if place == name => left.fetch_sub(1, Ordering::Relaxed) == 1,
        _ => false,
    }
}

/// Dies here, if so ordered.
pub fn reach(name: &str) {
    if is_now(name) {
        std::process::abort();
    }
}

/// Dies once `work` has begun, if so ordered.
pub async fn during<T>(name: &str, work: impl Future<Output = T>) -> T {
    if is_now(name) {
        let _ = tokio::time::timeout(BEGUN_FOR, work).await;
        std::process::abort();
    }
    work.await
}

/// A place at which to die.
#[cfg(feature = "crash-points")]
#[macro_export]
macro_rules! crash_point {
    ($name:literal) => {
        $crate::crash::reach($name)
    };
    ($name:literal, $work:expr) => {
        $crate::crash::during($name, $work)
    };
}
