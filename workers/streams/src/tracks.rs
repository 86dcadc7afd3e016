//! What is heard of riders, on its way from the hub that hears it to the hubs that show it: where
//! they are, and that something else about them has changed.
//!
//! Sharded Pub/Sub, on a connection of its own. A position may be lost, the next one heals that;
//! a subscription may not, so after any fault all of them are made anew, channel by channel, and
//! whoever follows a rider is told to look, because nobody knows what was missed.

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

/// What may wait for its reader. Positions beyond that are dropped, newer ones follow.
const WAITING_MAX: usize = 1_024;
/// What is told of a rider of whom something else than the position has changed.
pub(crate) const CHANGED: &str = "changed";
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

/// What is heard of a rider.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Track {
    /// They are here.
    Fix(Fix),
    /// Something else is known of them than before, or may be: look.
    Changed,
}

/// What is heard, and of whom.
type Heard = (RiderId, Track);

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
    /// Begins to follow nobody; the receiver gets what is heard of whoever is followed, and
    /// [`Track::Changed`] once each time somebody begins to be.
    pub fn open(streams: &Streams) -> (Tracks, mpsc::Receiver<(RiderId, Track)>) {
        let (tell, receiver) = mpsc::channel(WAITING_MAX);
        let wanted = Arc::<Wanted>::default();
        let following = tokio::spawn(follow_for_ever(streams.clone(), wanted.clone(), tell));
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

    /// A subscription has ended that nobody here has ended: makes it anew, if it is wanted.
    fn again(&self, rider: RiderId) {
        let mut riders = self.riders.lock().unwrap_or_else(PoisonError::into_inner);
        if riders.wanted.contains(&rider) {
            riders.changed.insert(rider);
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
        command.arg(self.track(rider)).arg(payload);
        let receivers = self.ask(self.home_of_rider(rider), &command).await;
        receivers.map(|_: i64| ()).map_err(Error::writing("a fix"))
    }

    /// The channel on which a rider is followed.
    pub(crate) fn track(&self, rider: &RiderId) -> String {
        self.keys().of_one("track", self.home_of_rider(rider), rider)
    }
}

async fn follow_for_ever(streams: Streams, wanted: Arc<Wanted>, tell: mpsc::Sender<Heard>) {
    let mut backoff = Backoff::default();
    loop {
        tokio::select! {
            () = tell.closed() => return,
            error = follow(&streams, &wanted, &tell, &mut backoff) => {
                backoff.failed("lost the tracks of riders, subscribing anew", &error).await;
            }
        }
    }
}

/// Follows on one connection until it breaks.
async fn follow(
    streams: &Streams,
    wanted: &Arc<Wanted>,
    tell: &mpsc::Sender<Heard>,
    backoff: &mut Backoff,
) -> RedisError {
    let lost = Arc::new(Notify::new());
    let ear = Ear { wanted: wanted.clone(), tell: tell.clone(), lost: lost.clone() };
    let mut connection = match connect(streams, ear).await {
        Ok(connection) => connection,
        Err(error) => return error,
    };
    let mut changes = wanted.all();
    loop {
        for (rider, is_wanted) in changes {
            if let Err(error) = subscribe(streams, &mut connection, &rider, is_wanted).await {
                return error;
            }
            // The reader never waits for anything but us.
            if is_wanted && tell.send((rider, Track::Changed)).await.is_err() {
                return broken(ErrorKind::BrokenPipe);
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

async fn connect(streams: &Streams, ear: Ear) -> RedisResult<MultiplexedConnection> {
    let hear = move |push: PushInfo| -> Result<(), ()> {
        ear.hear(&push);
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
    redis::cmd(verb).arg(streams.track(rider)).query_async(connection).await
}

/// Takes what one connection says by itself.
struct Ear {
    wanted: Arc<Wanted>,
    tell: mpsc::Sender<Heard>,
    lost: Arc<Notify>,
}

impl Ear {
    fn hear(&self, push: &PushInfo) {
        match (&push.kind, push.data.as_slice()) {
            (PushKind::Disconnection, _) => self.lost.notify_one(),
            (PushKind::SMessage, [channel, payload]) => {
                let Some(heard) = rider(channel).zip(track(payload)) else { return };
                let is_change = heard.1 == Track::Changed;
                // A full queue may lose a position, because a newer one follows, but no change.
                if self.tell.try_send(heard).is_err() && is_change {
                    self.lost.notify_one();
                }
            }
            // Redis ends one by itself where the slot of its channel moves to another node.
            (PushKind::SUnsubscribe, [channel, ..]) => {
                if let Some(rider) = rider(channel) {
                    self.wanted.again(rider);
                }
            }
            _ => (),
        }
    }
}

fn broken(how: ErrorKind) -> RedisError {
    std::io::Error::from(how).into()
}

/// Whose channel it is.
fn rider(channel: &Value) -> Option<RiderId> {
    let Value::BulkString(channel) = channel else { return None };
    str::from_utf8(channel).ok()?.rsplit(':').next()?.parse().ok()
}

fn track(payload: &Value) -> Option<Track> {
    let Value::BulkString(payload) = payload else { return None };
    if payload == CHANGED.as_bytes() {
        return Some(Track::Changed);
    }
    let (lat, lng, heading, at) = serde_json::from_slice(payload).ok()?;
    Some(Track::Fix(Fix { point: Point { lat, lng }, heading, at: Timestamp(at) }))
}
