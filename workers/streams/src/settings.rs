//! The settings of the way to Redis that hub and workers share, beside its address.

use std::path::PathBuf;

use crate::Durability;

/// How far Redis is trusted, and how it proves who it is.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct RedisSettings {
    /// When a change is acknowledged: `local`, once Redis has carried it out;
    /// `wait:<replicas>:<milliseconds>`, once so many replicas have it, or else the answer is 503
    /// and the same sent again succeeds; `engine`, the store itself loses nothing that it answered.
    #[arg(long, env = "DURABILITY", default_value_t)]
    pub durability: Durability,
    /// Certificates (PEM) that a `rediss://` has to be signed by; those that this machine trusts
    /// unless set.
    #[arg(long, env = "REDIS_CA")]
    pub redis_ca: Option<PathBuf>,
}
