//! Everything that runs: Redis, workers, hub, people; started in this order, stopped in reverse.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use city::City;
use city::client::{Backoff, Badge, Client, Error};
use city::neighbourhood::Store;
use city::people::send_out;
use city::tempo::Tempo;
use futures_util::future::try_join_all;
use hub::RulesHandle;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::Value;
use streams::PrivateRedis;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::warn;
use uuid::Uuid;

use crate::Settings;
use crate::staff::Staff;

/// One evening needs no more, and it is what the hub's and the workers' own default is.
const PARTITIONS: u16 = 8;
/// The page comes back by itself; nobody should wait for Ctrl-C.
const DRAIN: Duration = Duration::from_secs(1);
/// How often the city looks whether Redis is still there.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// When what a dead worker held is taken up: soon, because nobody wants to watch nothing happen.
const RECLAIMED_AFTER: Duration = Duration::from_secs(10);
const OPENING_TRIES: usize = 20;
const MINUTE: Duration = Duration::from_secs(60);

/// The product and the neighbourhood around it.
pub(crate) struct World {
    // In the order in which they must be dropped.
    people: JoinSet<()>,
    hub: hub::Server,
    staff: Staff,
    redis: PrivateRedis,
}

impl World {
    pub(crate) async fn start(
        settings: &Settings,
        metrics: PrometheusHandle,
    ) -> anyhow::Result<Self> {
        let city = City::new(settings.seed, settings.speed, settings.people.unwrap_or(usize::MAX))?;
        let redis = PrivateRedis::start(settings.data.clone())
            .await
            .context("starting a redis-server of our own")?;
        let staff = Staff::start(settings.workers.into(), &work(settings, redis.url()));
        let hub = start_hub(settings, redis.url(), &city, metrics).await?;

        let visitor = Client::new(&url(hub.local_addr()), "");
        open_stores(&city, &visitor).await.context("opening the stores")?;
        let mut people = send_out(&city, &visitor);
        people.spawn(keep_pace(city.tempo.clone(), hub.rules()));
        Ok(Self { people, hub, staff, redis })
    }

    /// What to open in a browser.
    pub(crate) fn url(&self) -> String {
        url(self.hub.local_addr())
    }

    /// Starts a Redis that somebody killed again, whenever that is; everybody goes on.
    pub(crate) async fn keep_up(&mut self) -> ! {
        loop {
            until_gone(self.redis.url()).await;
            warn!("redis is gone, starting it again");
            self.redis.restart(true).await;
        }
    }

    pub(crate) async fn stop(mut self) {
        self.people.shutdown().await;
        self.hub.stop().await;
        self.staff.stop().await;
        self.redis.stop().await;
    }
}

/// The arguments of a process of workers.
fn work(settings: &Settings, redis_url: &str) -> Vec<String> {
    let minute = (MINUTE / settings.speed).as_secs_f64();
    let flags = [
        ("--redis-url", redis_url.to_owned()),
        ("--partitions", PARTITIONS.to_string()),
        ("--minute-seconds", minute.to_string()),
        ("--entry-reclaim-seconds", RECLAIMED_AFTER.as_secs_f64().to_string()),
        ("--log", settings.log.clone()),
    ];
    flags.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]).collect()
}

async fn start_hub(
    settings: &Settings,
    redis_url: &str,
    city: &City,
    metrics: PrometheusHandle,
) -> anyhow::Result<hub::Server> {
    // Whoever kept a token from the last time gets another one by itself.
    let secret = format!("{}{}", Uuid::new_v4(), Uuid::new_v4());
    let mut config = hub::Config::new(redis_url, PARTITIONS, &secret);
    config.listen = settings.listen;
    config.admin_listen = settings.admin_listen;
    config.drain = DRAIN;
    config.city = true;
    config.metrics = Some(metrics);
    config.durations.minute = MINUTE / settings.speed;
    hub::Server::start(config, city::control::routes(city.clone())).await.context(
        "starting the hub (if the address is taken: --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0)",
    )
}

/// Opens the stores that are not open yet: in a kept folder they are as they were left.
async fn open_stores(city: &City, visitor: &Client) -> anyhow::Result<()> {
    let badge = Badge { role: "operator", sub: "city".into(), store_id: None };
    let operator = visitor.sign_in(badge).await?;
    try_join_all(city.neighbourhood.stores.iter().map(|store| open(store, &operator))).await?;
    Ok(())
}

async fn open(store: &Store, operator: &Client) -> Result<(), Error> {
    let path = format!("/stores/{}", store.id);
    let mut backoff = Backoff::default();
    for _ in 1..OPENING_TRIES {
        let outcome = match operator.get::<Value>(&path).await {
            Err(error) if error.code() == Some("not_found") => {
                operator.put::<Value>(&path, store).await
            }
            outcome => outcome,
        };
        match outcome {
            Err(error) if error.is_temporary() => backoff.wait().await,
            Err(error) => return Err(error),
            Ok(_) => return Ok(()),
        }
    }
    operator.put::<Value>(&path, store).await.map(|_| ())
}

/// Makes the hub's promised minutes as long as the people's.
async fn keep_pace(tempo: Tempo, rules: RulesHandle) {
    let mut speed = tempo.speed();
    loop {
        rules.set_minute(MINUTE / speed);
        speed = tempo.until_speed_is_not(speed).await;
    }
}

/// Waits until nobody listens at `url` any more.
async fn until_gone(url: &str) {
    let address = url.trim_start_matches("redis://").trim_end_matches('/');
    while TcpStream::connect(address).await.is_ok() {
        sleep(LOOK_EVERY).await;
    }
}

/// An address that listens everywhere is opened here.
fn url(address: SocketAddr) -> String {
    match address.ip().is_unspecified() {
        true => format!("http://127.0.0.1:{}", address.port()),
        false => format!("http://{address}"),
    }
}
