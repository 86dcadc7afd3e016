//! What everything stands on, and what can go wrong there.

use clap::ValueEnum;

use crate::plan::Kind;

/// What Redis is like, and with it what an acknowledgement is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ground {
    /// One server that puts its file on the disk once a second.
    EverySecond,
    /// One that does so before it answers.
    Always,
    /// A primary with a replica that may take over: what it lacks is not acknowledged.
    Replica,
    /// Three primaries with a replica each, and the same.
    Cluster,
}

impl Ground {
    /// One after the other, so that a few seeds in a row have been on all of them; six servers are
    /// for every fourth.
    pub(crate) fn of(seed: u64) -> Ground {
        let all = Ground::value_variants();
        all[(seed as usize).wrapping_sub(1) % all.len()]
    }

    /// What programs are told that an acknowledgement is worth.
    pub(crate) fn durability(self) -> &'static str {
        match self {
            Ground::EverySecond | Ground::Always => "local",
            Ground::Replica | Ground::Cluster => "wait:1:500",
        }
    }

    /// Whether this can go wrong here.
    pub(crate) fn knows(self, kind: Kind) -> bool {
        let is_cluster = self == Ground::Cluster;
        match kind {
            Kind::KillNode | Kind::TakeOver | Kind::Reshard => is_cluster,
            Kind::RestartRedis | Kind::HoldRedis | Kind::Failover | Kind::OutOfMemory => {
                !is_cluster
            }
            Kind::PowerLoss => matches!(self, Ground::EverySecond | Ground::Always),
            _ => true,
        }
    }
}
