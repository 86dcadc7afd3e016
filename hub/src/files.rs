//! How many connections the system lets this process have: each is an open file.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Open besides those that CONNECTIONS_MAX is about: Redis, requests, the system's own.
const OTHERS: usize = 512;

/// Takes as many as may be had. Mostly a process is given 1,024 unless it asks for more, and whoever
/// came after that would not be answered at all.
pub(crate) fn take_all(connections_max: usize) {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "could not have more files opened");
    }
    // Without a limit there are enough.
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if files < (connections_max + OTHERS) as u64 {
        tracing::info!(
            files,
            connections_max,
            "the system lets us have fewer connections (ulimit -n)"
        );
    }
}
