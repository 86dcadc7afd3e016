//! What the workers are started with. Nothing else reads the environment.

use std::net::SocketAddr;

use anyhow::ensure;
use metrics_exporter_prometheus::PrometheusHandle;
use streams::{Durations, PaymentProvider, RedisSettings, Streams};

use crate::saga::EFFECT_MAX;

/// Where Toss Payments is called unless a test or a proxy is.
const TOSS_URL_DEFAULT: &str = "https://api.tosspayments.com";

/// Settings of one process of workers.
#[derive(clap::Args, Clone)]
pub struct Config {
    /// Where Redis is; a password in it is shown nowhere. Several nodes with commas between them,
    /// or a comma behind one, mean a cluster; `rediss://` means TLS.
    #[arg(
        long,
        env = "REDIS_URL",
        default_value = "redis://127.0.0.1:6379",
        hide_env_values = true
    )]
    pub redis_url: String,
    /// How far Redis is trusted, the same for hub and workers.
    #[command(flatten)]
    pub redis: RedisSettings,
    /// How many feeds there are; fixed when the data is created.
    #[arg(
        long,
        env = "PARTITIONS",
        default_value_t = 8,
        value_parser = clap::value_parser!(u16).range(1..=4096),
    )]
    pub partitions: u16,
    /// Which work this process does; every role may be done by many processes at once.
    #[arg(
        long = "roles",
        env = "WORKERS_ROLES",
        value_enum,
        value_delimiter = ',',
        default_value = "payment,store,rider,customer,clock"
    )]
    pub roles: Vec<Role>,
    /// Where health and metrics are served, to operators only.
    #[arg(long, env = "WORKERS_ADMIN_LISTEN", default_value = "127.0.0.1:9091")]
    pub admin_listen: Option<SocketAddr>,
    /// Who takes the money.
    #[arg(long, env = "PAYMENT_PROVIDER", value_enum, default_value = "simulated")]
    pub payment_provider: PaymentProvider,
    /// What Toss Payments knows us by, if it takes the money.
    #[arg(long, env = "TOSS_SECRET_KEY", hide_env_values = true)]
    pub toss_secret_key: Option<String>,
    /// Where Toss Payments is called.
    #[arg(long, env = "TOSS_URL", default_value = TOSS_URL_DEFAULT)]
    pub toss_url: String,
    /// The durations, the same for hub and workers.
    #[command(flatten)]
    pub durations: Durations,
    /// What `/metrics` shows. A process has one recorder, so whoever owns the process installs it.
    #[arg(skip)]
    pub metrics: Option<PrometheusHandle>,
}

/// A kind of work.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Charges, refunds, and asks what became of a payment.
    Payment,
    /// Accepts orders for stores that asked for it.
    Store,
    /// Keeps riders' lists of jobs and tells riders of them.
    Rider,
    /// Keeps customers' statuses and alerts.
    Customer,
    /// Does what is due, and trims the feeds.
    Clock,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 5] =
        [Role::Payment, Role::Store, Role::Rider, Role::Customer, Role::Clock];
}

impl Config {
    /// Settings for a Redis at `redis_url`: every role, the usual durations, no admin listener.
    pub fn new(redis_url: impl Into<String>, partitions: u16) -> Config {
        Config {
            redis_url: redis_url.into(),
            redis: RedisSettings::default(),
            partitions,
            roles: Role::ALL.to_vec(),
            admin_listen: None,
            payment_provider: PaymentProvider::Simulated,
            toss_secret_key: None,
            toss_url: TOSS_URL_DEFAULT.to_owned(),
            durations: Durations::default(),
            metrics: None,
        }
    }

    /// Opens the streams, as these settings say.
    pub(crate) async fn open_streams(&self) -> Result<Streams, streams::Error> {
        Streams::open_with(&self.redis_url, self.partitions, &self.redis).await
    }

    /// Checks the settings against each other.
    ///
    /// # Errors
    /// The first contradiction, in one sentence.
    pub fn check(&self) -> anyhow::Result<()> {
        self.durations.check()?;
        ensure!(
            self.durations.entry_reclaim > EFFECT_MAX,
            "ENTRY_RECLAIM_SECONDS must be more than {}, or a second worker would take up an entry \
             that the first is still working on",
            EFFECT_MAX.as_secs()
        );
        ensure!(
            self.payment_provider != PaymentProvider::Toss || self.toss_secret_key.is_some(),
            "PAYMENT_PROVIDER=toss needs TOSS_SECRET_KEY"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        config: Config,
    }

    #[test]
    fn every_role_is_done_unless_some_are_named() {
        assert_eq!(Program::parse_from(["it"]).config.roles, Role::ALL);
        let some = Program::parse_from(["it", "--roles", "clock,payment"]).config.roles;
        assert_eq!(some, [Role::Clock, Role::Payment]);
    }

    #[test]
    fn a_reclaim_shorter_than_an_effect_is_refused() {
        let mut config = Config::new("redis://nowhere", 8);
        assert!(config.check().is_ok());
        config.durations.entry_reclaim = Duration::from_secs(8);
        let sentence = config.check().unwrap_err().to_string();
        assert!(sentence.starts_with("ENTRY_RECLAIM_SECONDS must be more than 8"), "{sentence}");
    }
}
