//! Everything that runs: Redis, workers, hub, people; started in this order, stopped in reverse.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use city::City;
use city::client::{Backoff, Badge, Client, Error};
use city::neighbourhood::Store;
use city::people::send_out;
use city::tempo::{Tempo, answer_time};
use futures_util::future::try_join_all;
use hub::RulesHandle;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::Value;
use streams::PrivateRedis;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;
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
    pace: AbortOnDropHandle<()>,
    /// `None` only while another takes its place.
    hub: Option<hub::Server>,
    /// With what the next hub is started: the same addresses and the same secret as this one.
    config: hub::Config,
    address: SocketAddr,
    city: City,
    /// How long stores have to answer, if that was said.
    accept: Option<Duration>,
    staff: Staff,
    redis: PrivateRedis,
}

impl World {
    pub(crate) async fn start(
        settings: &Settings,
        metrics: PrometheusHandle,
    ) -> anyhow::Result<Self> {
        let city = City::new(settings.seed, settings.speed, settings.people.unwrap_or(usize::MAX))?;
        let accept = settings.accept_seconds.map(Duration::from_secs);
        let redis = PrivateRedis::start(settings.data.clone())
            .await
            .context("starting a redis-server of our own")?;
        let staff = Staff::start(settings.workers.into(), &work(settings, redis.url()));
        let mut config = configure(settings, redis.url(), metrics);
        let hub = start_hub(config.clone(), &city).await?;
        config.listen = hub.local_addr();
        config.admin_listen = hub.admin_addr();

        let address = hub.local_addr();
        let visitor = Client::new(&url(address), "");
        open_stores(&city, &visitor).await.context("opening the stores")?;
        city.troubles.reach(visitor.clone());
        let people = send_out(&city, &visitor);
        let pace = follow_pace(&city, &hub, accept);
        Ok(Self { people, pace, hub: Some(hub), config, address, city, accept, staff, redis })
    }

    /// What to open in a browser.
    pub(crate) fn url(&self) -> String {
        url(self.address)
    }

    /// Starts a Redis that somebody killed again, whenever that is, and a hub that somebody wants
    /// to be another; everybody goes on.
    ///
    /// # Errors
    /// If the hub's address can't be had again.
    pub(crate) async fn keep_up(&mut self) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                () = until_gone(self.redis.url()) => {
                    warn!("redis is gone, starting it again");
                    self.redis.restart(true).await;
                }
                () = self.city.troubles.restart_wanted() => self.restart_hub().await?,
            }
        }
    }

    async fn restart_hub(&mut self) -> anyhow::Result<()> {
        if let Some(hub) = self.hub.take() {
            hub.stop().await;
        }
        let mut config = self.config.clone();
        config.durations.minute = MINUTE / self.city.tempo.speed();
        let hub = start_hub(config, &self.city).await?;
        self.pace = follow_pace(&self.city, &hub, self.accept);
        self.hub = Some(hub);
        Ok(())
    }

    pub(crate) async fn stop(mut self) {
        self.people.shutdown().await;
        if let Some(hub) = self.hub.take() {
            hub.stop().await;
        }
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
    let endpoint = settings.otlp_endpoint.clone().map(|it| ("--otlp-endpoint", it));
    let flags = flags.into_iter().chain(endpoint);
    flags.flat_map(|(flag, value)| [flag.to_owned(), value]).collect()
}

fn configure(settings: &Settings, redis_url: &str, metrics: PrometheusHandle) -> hub::Config {
    // Whoever kept a token from the last time gets another one by itself.
    let secret = format!("{}{}", Uuid::new_v4(), Uuid::new_v4());
    let mut config = hub::Config::new(redis_url, PARTITIONS, &secret);
    config.listen = settings.listen;
    config.admin_listen = settings.admin_listen;
    config.drain = DRAIN;
    config.city = true;
    config.metrics = Some(metrics);
    config.durations.minute = MINUTE / settings.speed;
    config
}

async fn start_hub(config: hub::Config, city: &City) -> anyhow::Result<hub::Server> {
    hub::Server::start(config, city::control::routes(city.clone())).await.context(
        "starting the hub (if the address is taken: --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0)",
    )
}

/// Keeps a hub's minutes as long as the people's until the handle is dropped.
fn follow_pace(city: &City, hub: &hub::Server, accept: Option<Duration>) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(keep_pace(city.tempo.clone(), hub.rules(), accept)))
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

/// Makes the hub's promised minutes as long as the people's, and its stores as quick, unless it was
/// said how long these have to answer.
async fn keep_pace(tempo: Tempo, rules: RulesHandle, accept: Option<Duration>) {
    let mut speed = tempo.speed();
    loop {
        rules.set_minute(MINUTE / speed);
        rules.set_accept(accept.unwrap_or_else(|| answer_time(speed)));
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
