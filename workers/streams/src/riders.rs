//! Riders: presence, last position, and the jobs that count against their limit. Who holds a job
//! is for its order to say; the list here only follows, and lets a rider's limit be checked
//! before a claim.

mod cell;
mod places;
mod reports;
mod silence;

use std::sync::LazyLock;
use std::time::Duration;

use domain::{Order, OrderId, Point, RiderId, Rules, Sighting, Timestamp};
use redis::{ErrorKind, RedisError, Script};

pub use cell::Cell;
pub use places::Place;
pub use reports::{LocationOutcome, LocationReport, REPORTS_MAX};

use crate::feed::telling;
use crate::tracks::CHANGED;
use crate::{Error, Position, Streams};

/// How old a reservation may be before the order is asked whether anything came of it.
const RESERVED: Duration = Duration::from_secs(10);
/// How often a reservation is tried when old ones turn out to be void.
const RESERVE_TRIES: usize = 3;
/// How long it is remembered which version of an order a rider's list has taken into account;
/// longer than any entry stays undone.
const HEARD: Duration = Duration::from_secs(7 * 86_400);

static RESERVE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/reserve.lua")));
static TELL: LazyLock<Script> = LazyLock::new(|| telling(include_str!("scripts/tell_rider.lua")));

/// What is known of a rider.
#[derive(Clone, Debug, PartialEq)]
pub struct RiderRecord {
    /// Who.
    pub id: RiderId,
    /// Whether they want jobs.
    pub online: bool,
    /// Where they were last.
    pub position: Option<Point>,
    /// When that was.
    pub at: Option<Timestamp>,
    /// The jobs they hold, and those they are just claiming; oldest order first.
    pub jobs: Vec<OrderId>,
    /// The place in the feed of the last news for them.
    pub feed_position: Position,
}

/// What becomes of a rider's wish for one more job.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// A place is kept for it.
    Reserved {
        /// Where the rider was last.
        from: Sighting,
    },
    /// The rider is not online.
    Offline,
    /// Nobody knows where the rider is by now.
    PositionStale,
    /// The rider has this many already.
    TooManyJobs(usize),
}

impl Streams {
    /// What is known of a rider; one that nobody has heard of is offline and has nothing.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn rider(&self, id: &RiderId) -> Result<RiderRecord, Error> {
        self.read_rider(id, redis::pipe(), Error::reading("a rider")).await
    }

    /// Notes that a rider wants jobs, or wants none, and tells whoever follows them.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn set_online(&self, id: &RiderId, online: bool) -> Result<RiderRecord, Error> {
        let mut pipe = redis::pipe();
        pipe.cmd("HSET").arg(self.rider_key(id)).arg("online").arg(online).ignore();
        pipe.cmd("SPUBLISH").arg(self.track(id)).arg(CHANGED).ignore();
        self.read_rider(id, pipe, Error::writing("a rider")).await
    }

    /// Keeps one of the rider's places for this job, once per order, if the rider is online and
    /// was heard of within `stale`.
    ///
    /// A place that nothing came of counts for ten seconds; then, before it is given to another
    /// job, its order is asked.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn reserve(
        &self,
        id: &RiderId,
        order: OrderId,
        stale: Duration,
    ) -> Result<Claim, Error> {
        let mut held = 0;
        for _ in 0..RESERVE_TRIES {
            let mut script = RESERVE.prepare_invoke();
            script
                .key(self.rider_key(id))
                .key(self.jobs_key(id))
                .arg(order.to_string())
                .arg(stale.as_millis() as u64)
                .arg(Rules::ACTIVE_JOBS_MAX)
                .arg(RESERVED.as_millis() as u64);
            let reply: (String, Vec<String>) = self
                .run(self.home_of_rider(id), &script)
                .await
                .map_err(Error::writing("a reservation"))?;
            let doubtful = match (reply.0.as_str(), reply.1.as_slice()) {
                ("reserved", [lat, lng, at]) => {
                    let from = Sighting { point: point(lat, lng)?, at: instant(at)? };
                    return Ok(Claim::Reserved { from });
                }
                ("offline", _) => return Ok(Claim::Offline),
                ("stale", _) => return Ok(Claim::PositionStale),
                ("full", [count, doubtful @ ..]) => {
                    held = count.parse().unwrap_or(Rules::ACTIVE_JOBS_MAX);
                    doubtful
                }
                _ => return Err(Error::Broken("a reservation was answered oddly".to_owned())),
            };
            if doubtful.is_empty() {
                break;
            }
            for job in doubtful {
                self.resolve(id, job).await?;
            }
        }
        Ok(Claim::TooManyJobs(held))
    }

    /// Makes the rider's list agree with the order, unless it has heard of a later version: a job
    /// that the rider holds is in it, any other is not.
    ///
    /// # Errors
    /// If Redis fails; safe to do again.
    pub async fn settle_rider(&self, id: &RiderId, order: &Order) -> Result<(), Error> {
        self.follow_order(id, order, "").await
    }

    /// As [`Streams::settle_rider`], and tells the rider, once per version of the order and never
    /// of an earlier one than before.
    ///
    /// # Errors
    /// If Redis fails; safe to do again.
    pub async fn tell_rider(&self, id: &RiderId, order: &Order, event: &str) -> Result<(), Error> {
        self.follow_order(id, order, event).await
    }

    /// The place in the feed of the last news for this rider.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn rider_position(&self, id: &RiderId) -> Result<Position, Error> {
        let partition = self.home_of_rider(id);
        let mut command = redis::cmd("HGET");
        command.arg(self.rider_key(id)).arg("news");
        let sequence: Option<u64> =
            self.ask(partition, &command).await.map_err(Error::reading("a rider's place"))?;
        Ok(Position { partition, sequence: sequence.unwrap_or(0) })
    }

    async fn follow_order(&self, id: &RiderId, order: &Order, event: &str) -> Result<(), Error> {
        let home = self.home_of_rider(id);
        let keys = self.keys();
        let holds = order.is_job_active() && order.delivery.rider.as_ref() == Some(id);
        let mut script = TELL.prepare_invoke();
        script
            .key(self.rider_key(id))
            .key(self.jobs_key(id))
            .key(keys.of_one("heard", home, format_args!("{id}:{}", order.id)))
            .key(keys.feed(home))
            .key(keys.sequence(home))
            .key(self.riding_key(home))
            .key(self.track(id))
            .key(keys.epoch(home))
            .arg(id.as_str())
            .arg(order.id.to_string())
            .arg(order.version)
            .arg(holds)
            .arg(HEARD.as_secs())
            .arg(CHANGED)
            .arg(event);
        if !event.is_empty() {
            let body = serde_json::to_string(order);
            script.arg(body.map_err(Error::decoding("news for a rider"))?);
        }
        // The entry that tells of it may lie elsewhere, and is acknowledged once this is written.
        self.commit(home, &script).await.map_err(Error::writing("a rider's jobs"))
    }

    /// Asks the order what became of an old reservation.
    async fn resolve(&self, id: &RiderId, job: &str) -> Result<(), Error> {
        let order = match job.parse() {
            Ok(order) => self.load(order).await?,
            Err(_) => None,
        };
        match order {
            Some(loaded) => self.settle_rider(id, &loaded.order).await,
            None => {
                let mut command = redis::cmd("HDEL");
                command.arg(self.jobs_key(id)).arg(job);
                let removed = self.ask(self.home_of_rider(id), &command).await;
                removed.map_err(Error::writing("a rider's jobs"))
            }
        }
    }

    /// Sends `pipe`, and with it reads what is then known of the rider.
    async fn read_rider(
        &self,
        id: &RiderId,
        mut pipe: redis::Pipeline,
        failing: impl FnOnce(RedisError) -> Error,
    ) -> Result<RiderRecord, Error> {
        let partition = self.home_of_rider(id);
        pipe.cmd("HMGET").arg(self.rider_key(id)).arg(&["online", "lat", "lng", "at", "news"]);
        pipe.cmd("HKEYS").arg(self.jobs_key(id));
        type Known = (Option<u8>, Option<f64>, Option<f64>, Option<u64>, Option<u64>);
        let ((online, lat, lng, at, news), jobs): (Known, Vec<String>) =
            self.ask_all(partition, &pipe).await.map_err(failing)?;
        let mut jobs: Vec<OrderId> = jobs.iter().filter_map(|job| job.parse().ok()).collect();
        jobs.sort_unstable();
        Ok(RiderRecord {
            id: id.clone(),
            online: online == Some(1),
            position: lat.zip(lng).map(|(lat, lng)| Point { lat, lng }),
            at: at.map(Timestamp),
            jobs,
            feed_position: Position { partition, sequence: news.unwrap_or(0) },
        })
    }

    /// `online`, `lat`, `lng`, `at` in milliseconds, `news`: the sequence of the last entry.
    fn rider_key(&self, id: &RiderId) -> String {
        self.keys().of_one("rider", self.home_of_rider(id), id)
    }

    /// Order id to `held`, or to the millisecond in which a place was kept for it.
    fn jobs_key(&self, id: &RiderId) -> String {
        self.keys().of_one("held", self.home_of_rider(id), id)
    }
}

fn point(lat: &str, lng: &str) -> Result<Point, Error> {
    match (lat.parse(), lng.parse()) {
        (Ok(lat), Ok(lng)) => Ok(Point { lat, lng }),
        _ => {
            let source = RedisError::from((ErrorKind::UnexpectedReturnType, "no place on earth"));
            Err(Error::Read { what: "a rider's position", source })
        }
    }
}

fn instant(text: &str) -> Result<Timestamp, Error> {
    text.parse().map(Timestamp).map_err(|_| Error::Broken(format!("{text:?} is no instant")))
}
