//! Riders' positions on their way from the hub that hears of them to the hubs that show them.
//!
//! Sharded Pub/Sub, on a connection of its own. A position may be lost, the next one heals that;
//! a subscription may not, so after any fault all of them are made anew, channel by channel.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Point, RiderId, Timestamp};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, PushInfo, PushKind, RedisError, RedisResult, Value};
use tokio::sync::{Notify, mpsc};
use tokio::task::AbortHandle;

use crate::backoff::Backoff;
use crate::{Error, Streams};

/// Positions that may wait for their reader; more are dropped, newer ones follow.
const FIXES_WAITING_MAX: usize = 1_024;
/// How long Redis may take to answer, and a connection to stand.
const ANSWER_MAX: Duration = Duration::from_secs(2);
/// How often a quiet connection is tried: one that died silently delivers nothing.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Where a rider is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fix {
    /// Where.
    pub point: Point,
    /// Which way they move, in degrees from north, clockwise.
    pub heading: Option<f32>,
    /// When.
    pub at: Timestamp,
}

/// The riders somebody wants to see move. Dropping it ends the connection.
pub struct Tracks {
    wanted: Arc<Wanted>,
    following: AbortHandle,
}

#[derive(Default)]
struct Wanted {
    riders: Mutex<Riders>,
    changed: Notify,
}

#[derive(Default)]
struct Riders {
    wanted: HashSet<RiderId>,
    /// Those that came or went since the subscriptions were last brought up to date.
    changed: HashSet<RiderId>,
}

impl Tracks {
    /// Begins to follow nobody; the receiver gets the fixes of whoever is followed.
    pub fn open(streams: &Streams) -> (Tracks, mpsc::Receiver<(RiderId, Fix)>) {
        let (fixes, receiver) = mpsc::channel(FIXES_WAITING_MAX);
        let wanted = Arc::<Wanted>::default();
        let following = tokio::spawn(follow_for_ever(streams.clone(), wanted.clone(), fixes));
        (Tracks { wanted, following: following.abort_handle() }, receiver)
    }

    /// Wants to see this rider, from now until [`Tracks::unfollow`], through every fault.
    pub fn follow(&self, rider: RiderId) {
        self.wanted.change(&rider, true);
    }

    /// Wants to see this rider no more.
    pub fn unfollow(&self, rider: &RiderId) {
        self.wanted.change(rider, false);
    }
}

impl Drop for Tracks {
    fn drop(&mut self) {
        self.following.abort();
    }
}

impl Wanted {
    fn change(&self, rider: &RiderId, is_wanted: bool) {
        let mut riders = self.riders.lock().unwrap_or_else(PoisonError::into_inner);
        let is_change = match is_wanted {
            true => riders.wanted.insert(rider.clone()),
            false => riders.wanted.remove(rider),
        };
        if is_change {
            riders.changed.insert(rider.clone());
            self.changed.notify_one();
        }
    }

    /// Everybody, for a fresh connection.
    fn all(&self) -> Vec<(RiderId, bool)> {
        let mut riders = self.riders.lock().unwrap_or_else(PoisonError::into_inner);
        riders.changed.clear();
        riders.wanted.iter().map(|rider| (rider.clone(), true)).collect()
    }

    /// Who came or went since this was last asked, and whether they are wanted.
    fn changes(&self) -> Vec<(RiderId, bool)> {
        let mut riders = self.riders.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = std::mem::take(&mut riders.changed);
        changed.into_iter().map(|it| (it.clone(), riders.wanted.contains(&it))).collect()
    }
}

impl Streams {
    /// Tells whoever follows this rider where they are.
    ///
    /// # Errors
    /// If Redis fails; nothing needs to be done about it.
    pub async fn publish_fix(&self, rider: &RiderId, fix: Fix) -> Result<(), Error> {
        let wire = (fix.point.lat, fix.point.lng, fix.heading, fix.at.0);
        let payload = serde_json::to_string(&wire).map_err(Error::decoding("a fix"))?;
        let mut command = redis::cmd("SPUBLISH");
        command.arg(self.channel(rider)).arg(payload);
        let receivers = self.ask(self.home_of_rider(rider), &command).await;
        receivers.map(|_: i64| ()).map_err(Error::writing("a fix"))
    }

    fn channel(&self, rider: &RiderId) -> String {
        self.keys().of_one("track", self.home_of_rider(rider), rider)
    }
}

async fn follow_for_ever(
    streams: Streams,
    wanted: Arc<Wanted>,
    fixes: mpsc::Sender<(RiderId, Fix)>,
) {
    let mut backoff = Backoff::default();
    loop {
        tokio::select! {
            () = fixes.closed() => return,
            error = follow(&streams, &wanted, &fixes, &mut backoff) => {
                backoff.failed("lost the tracks of riders, subscribing anew", &error).await;
            }
        }
    }
}

/// Follows on one connection until it breaks.
async fn follow(
    streams: &Streams,
    wanted: &Wanted,
    fixes: &mpsc::Sender<(RiderId, Fix)>,
    backoff: &mut Backoff,
) -> RedisError {
    let lost = Arc::new(Notify::new());
    let mut connection = match connect(streams, fixes.clone(), lost.clone()).await {
        Ok(connection) => connection,
        Err(error) => return error,
    };
    let mut changes = wanted.all();
    loop {
        for (rider, is_wanted) in changes {
            if let Err(error) = subscribe(streams, &mut connection, &rider, is_wanted).await {
                return error;
            }
        }
        backoff.succeeded("following the tracks of riders again");
        tokio::select! {
            () = wanted.changed.notified() => (),
            () = lost.notified() => return broken(ErrorKind::ConnectionReset),
            () = tokio::time::sleep(HEARTBEAT) => {
                if let Err(error) = redis::cmd("PING").query_async::<()>(&mut connection).await {
                    return error;
                }
            }
        }
        changes = wanted.changes();
    }
}

async fn connect(
    streams: &Streams,
    fixes: mpsc::Sender<(RiderId, Fix)>,
    lost: Arc<Notify>,
) -> RedisResult<MultiplexedConnection> {
    let hear = move |push: PushInfo| -> Result<(), ()> {
        match push.kind {
            PushKind::Disconnection => lost.notify_one(),
            PushKind::SMessage => {
                // A full queue loses this one, as it may; a newer one follows.
                let _ = fix(&push.data).map(|fix| fixes.try_send(fix));
            }
            _ => (),
        }
        Ok(())
    };
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(ANSWER_MAX))
        .set_response_timeout(Some(ANSWER_MAX))
        .set_push_sender(hear);
    let connecting = streams.client().get_multiplexed_async_connection_with_config(&config);
    match tokio::time::timeout(ANSWER_MAX * 2, connecting).await {
        Ok(connected) => connected,
        Err(_) => Err(broken(ErrorKind::TimedOut)),
    }
}

// One channel at a time: several at once fail together as soon as one of them lives elsewhere.
async fn subscribe(
    streams: &Streams,
    connection: &mut MultiplexedConnection,
    rider: &RiderId,
    is_wanted: bool,
) -> RedisResult<()> {
    let verb = match is_wanted {
        true => "SSUBSCRIBE",
        false => "SUNSUBSCRIBE",
    };
    redis::cmd(verb).arg(streams.channel(rider)).query_async(connection).await
}

fn broken(how: ErrorKind) -> RedisError {
    std::io::Error::from(how).into()
}

/// Reads a message: channel, payload.
fn fix(data: &[Value]) -> Option<(RiderId, Fix)> {
    let [Value::BulkString(channel), Value::BulkString(payload)] = data else {
        return None;
    };
    let rider = str::from_utf8(channel).ok()?.rsplit(':').next()?.parse().ok()?;
    let (lat, lng, heading, at) = serde_json::from_slice(payload).ok()?;
    Some((rider, Fix { point: Point { lat, lng }, heading, at: Timestamp(at) }))
}
