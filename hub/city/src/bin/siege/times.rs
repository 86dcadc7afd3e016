//! How long everything takes that the manifests give a time: theirs, divided by one number, so that
//! a hub can come and go within one siege.

use std::time::Duration;

/// What the manifests say, in seconds; `k8s/check.py` sees to it that they fit.
const PRE_STOP: f64 = 20.0;
const DRAIN: f64 = 60.0;
const GRACE: f64 = 120.0;
const MIN_READY: f64 = 60.0;
const CHECKED_EVERY: f64 = 5.0;
const CONNECTION_AGE: f64 = 2_400.0;

/// How long each takes here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// From the order to leave to the signal.
    pub(crate) pre_stop: Duration,
    /// How long a hub may take to leave.
    pub(crate) drain: Duration,
    /// From the order to leave to the end of all patience.
    pub(crate) grace: Duration,
    /// How long a hub is ready before the next one may leave.
    pub(crate) min_ready: Duration,
    /// How often the proxy asks a hub whether it is ready. Twice the same answer counts.
    pub(crate) checked_every: Duration,
    /// How old a socket may become, give or take a fifth.
    pub(crate) connection_age: Duration,
}

impl Times {
    /// So many times faster than in a cluster.
    pub(crate) fn divided_by(factor: f64) -> Times {
        let seconds = |seconds: f64| Duration::from_secs_f64(seconds / factor);
        Times {
            pre_stop: seconds(PRE_STOP),
            drain: seconds(DRAIN),
            // Nothing else depends on it, and this machine may be busy.
            grace: Duration::from_secs_f64(GRACE),
            min_ready: seconds(MIN_READY),
            checked_every: seconds(CHECKED_EVERY),
            connection_age: seconds(CONNECTION_AGE),
        }
    }

    /// How late the proxy hears that a hub leaves: a load balancer of the cloud takes a while, and
    /// `preStop` is there because of it.
    pub(crate) fn told_after(self) -> Duration {
        self.pre_stop / 2
    }
}
