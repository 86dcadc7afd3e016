//! What the hub is started with. Nothing else reads the environment.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use anyhow::ensure;
use clap::Parser;
use metrics_exporter_prometheus::PrometheusHandle;
use streams::{Durations, PaymentProvider, RedisSettings};

use crate::proxies::Network;

/// Longest time that anybody may be given for anything: a day.
const SECONDS_MAX: f64 = 86_400.0;
/// Sockets of one person: every tablet of a busy kitchen, and some that were lost on the way.
const PER_USER_MAX: usize = 100;

/// The window between the apps and the orders: takes commands, tells the news.
///
/// It keeps nothing: any number of hubs may run beside each other on the same Redis, and an app
/// may come back to any of them. Every flag is also a variable.
#[derive(Clone, Debug, Parser)]
#[command(name = "hub", version)]
pub struct Config {
    /// Where apps come in, HTTP and WebSocket.
    #[arg(long, env = "HUB_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where health and metrics are served, to operators only.
    #[arg(long, env = "HUB_ADMIN_LISTEN", default_value = "127.0.0.1:9090")]
    pub admin_listen: SocketAddr,
    /// Where Redis is; a password in it is shown nowhere. Several nodes with commas between them,
    /// or a comma behind one, mean a cluster; `rediss://` means TLS.
    #[arg(
        long,
        env = "REDIS_URL",
        default_value = "redis://127.0.0.1:6379",
        hide_env_values = true
    )]
    pub redis_url: Secret,
    /// How far Redis is trusted, the same for hub and workers.
    #[command(flatten)]
    pub redis: RedisSettings,
    /// How many feeds there are; fixed when the data is created.
    #[arg(
        long,
        env = "PARTITIONS",
        default_value_t = 8,
        value_parser = clap::value_parser!(u16).range(1..=4096)
    )]
    pub partitions: u16,
    /// The secret with which tokens are signed (HS256), 32 bytes at least. This or TOKEN_JWKS.
    #[arg(long, env = "TOKEN_SECRET", hide_env_values = true)]
    pub token_secret: Option<Secret>,
    /// Where the keys are published that sign tokens (RS256, ES256, EdDSA; found by kid): the
    /// path or the http(s) address of a JSON Web Key Set. Read again as it changes.
    #[arg(long, env = "TOKEN_JWKS")]
    pub token_jwks: Option<String>,
    /// Gives everybody who asks a token for anybody: POST /dev/tokens. Never in production.
    #[arg(long, env = "DEV_TOKENS", default_value_t = false, action = clap::ArgAction::Set,
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub dev_tokens: bool,
    /// Other origins whose pages may use this hub, like https://food.example; comma-separated.
    #[arg(long, env = "ALLOWED_ORIGINS", value_delimiter = ',')]
    pub allowed_origins: Vec<String>,
    /// Most sockets at once; whoever comes after is asked to try again.
    #[arg(long, env = "CONNECTIONS_MAX", default_value_t = 20_000)]
    pub connections_max: usize,
    /// Most sockets of one person at once; whoever comes after is asked to try again.
    #[arg(long, env = "CONNECTIONS_PER_USER_MAX", default_value_t = PER_USER_MAX)]
    pub connections_per_user_max: usize,
    /// Most sockets from one address at once, and most other connections. Without it as many as
    /// there is room for: whole towns of phones may share one, and so does everybody behind a
    /// proxy that is not trusted.
    #[arg(long, env = "CONNECTIONS_PER_ADDRESS_MAX")]
    pub connections_per_address_max: Option<usize>,
    /// Proxies whose X-Forwarded-For is believed, like 10.0.0.0/8; comma-separated.
    #[arg(long, env = "TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<Network>,
    /// How long an HTTP connection may ask for nothing before it is closed, in seconds. More than
    /// the idle time-out of the load balancer in front, or it sends requests to closed doors.
    #[arg(
        long = "keep-alive-seconds",
        env = "KEEP_ALIVE_SECONDS",
        default_value = "130",
        value_parser = seconds
    )]
    pub keep_alive: Duration,
    /// How old a socket may become before it is sent to whichever hub comes next, in seconds, give
    /// or take a fifth: old hubs share with new ones that way. 0 lets them stay.
    #[arg(
        long = "connection-age-seconds",
        env = "CONNECTION_AGE_SECONDS",
        default_value = "2400",
        value_parser = seconds
    )]
    pub connection_age: Duration,
    /// How long sockets are given to leave when the hub is stopped, in seconds. Requests that are
    /// under way then are answered, for which it takes five more at most.
    #[arg(
        long = "drain-seconds",
        env = "DRAIN_SECONDS",
        default_value = "20",
        value_parser = seconds
    )]
    pub drain: Duration,
    /// Who takes the money; the same as the workers'.
    #[arg(long, env = "PAYMENT_PROVIDER", value_enum, default_value = "simulated")]
    pub payment_provider: PaymentProvider,
    /// Map tiles for the web, like https://tile.example/{z}/{x}/{y}.png; without it maps are plain.
    #[arg(long, env = "MAP_TILE_URL")]
    pub map_tile_url: Option<String>,
    /// Logs and traces. A process has one of each, so whoever owns the process starts them.
    #[command(flatten)]
    pub telemetry: telemetry::Settings,
    /// The durations, the same for hub and workers.
    #[command(flatten)]
    pub durations: Durations,
    /// Whether a simulated neighbourhood lives in this process and serves its own routes.
    #[arg(skip)]
    pub city: bool,
    /// What `/metrics` shows. A process has one recorder, so whoever owns the process installs it.
    #[arg(skip)]
    pub metrics: Option<PrometheusHandle>,
}

impl Config {
    /// Settings for a Redis at `redis_url` and tokens signed with `token_secret`: any free ports,
    /// development tokens, and the usual values of everything else.
    pub fn new(redis_url: impl Into<String>, partitions: u16, token_secret: &str) -> Config {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Config {
            listen: any_port,
            admin_listen: any_port,
            redis_url: Secret(redis_url.into()),
            redis: RedisSettings::default(),
            partitions,
            token_secret: Some(Secret(token_secret.to_owned())),
            token_jwks: None,
            dev_tokens: true,
            allowed_origins: Vec::new(),
            connections_max: 20_000,
            connections_per_user_max: PER_USER_MAX,
            connections_per_address_max: None,
            trusted_proxies: Vec::new(),
            keep_alive: Duration::from_secs(130),
            connection_age: Duration::from_secs(2_400),
            drain: Duration::from_secs(20),
            payment_provider: PaymentProvider::Simulated,
            map_tile_url: None,
            telemetry: telemetry::Settings::default(),
            durations: Durations::default(),
            city: false,
            metrics: None,
        }
    }

    /// Checks the settings against each other.
    ///
    /// # Errors
    /// The first contradiction, in one sentence.
    pub fn check(&self) -> anyhow::Result<()> {
        self.durations.check()?;
        let has_keys = self.token_secret.is_some() || self.token_jwks.is_some();
        ensure!(
            has_keys,
            "set TOKEN_SECRET or TOKEN_JWKS: without one of them nobody could sign in"
        );
        let limits = [
            ("CONNECTIONS_MAX", self.connections_max),
            ("CONNECTIONS_PER_USER_MAX", self.connections_per_user_max),
            ("CONNECTIONS_PER_ADDRESS_MAX", self.connections_per_address_max.unwrap_or(1)),
        ];
        for (name, limit) in limits {
            ensure!(limit > 0, "{name} must be 1 or more");
        }
        ensure!(!self.keep_alive.is_zero(), "KEEP_ALIVE_SECONDS must be more than 0");
        for origin in &self.allowed_origins {
            ensure!(
                is_origin(origin),
                "ALLOWED_ORIGINS has {origin:?}, which is no origin like https://food.example"
            );
        }
        Ok(())
    }
}

/// Whether `text` is what a browser would send as its `Origin`.
fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/')
    })
}

/// Text that is never shown, not even to those who debug.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Secret(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=SECONDS_MAX).contains(&seconds) => {
            Ok(Duration::from_secs_f64(seconds))
        }
        _ => Err(format!("a number of seconds from 0 to {SECONDS_MAX}, like 20 or 0.5")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret that nobody would ever guess";

    fn parse(flags: &[&str]) -> Config {
        Config::parse_from(std::iter::once(&"hub").chain(flags))
    }

    #[test]
    fn without_a_way_to_check_tokens_the_hub_does_not_start() {
        let mut config = Config::new("redis://nowhere", 8, SECRET);
        config.token_secret = None;
        let sentence = config.check().unwrap_err().to_string();
        assert!(sentence.starts_with("set TOKEN_SECRET or TOKEN_JWKS"), "{sentence}");
    }

    #[test]
    fn development_tokens_have_to_be_asked_for() {
        assert!(!parse(&[]).dev_tokens);
        assert!(parse(&["--dev-tokens"]).dev_tokens);
        assert!(!parse(&["--dev-tokens=false"]).dev_tokens);
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for origin in ["food.example", "https://", "https://food.example/", "*"] {
            let config = parse(&["--token-secret", SECRET, "--allowed-origins", origin]);
            assert!(config.check().is_err(), "{origin}");
        }
        let two =
            parse(&["--token-secret", SECRET, "--allowed-origins", "https://a,http://b:8080"]);
        assert_eq!(two.allowed_origins, ["https://a", "http://b:8080"]);
        assert!(two.check().is_ok());
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?}", parse(&["--token-secret", SECRET]));
        assert!(!shown.contains(SECRET), "{shown}");
    }
}
