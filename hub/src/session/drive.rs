//! Moves a session: reads what comes from its client, writes its outbox, keeps its clock and does
//! its jobs. By which way the client is reached, a [`Link`] knows.

use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use metrics::Histogram;
use tokio::time::{sleep_until, timeout};

use super::{Done, Job, Now, Outbox, Session};
use crate::channels::Channels;
use crate::clock;
use crate::identity::{Identity, Keys};
use crate::protocol::{Close, Encoding, Refused, Reply};
use crate::rpc::{Rpc, RpcReply};
use crate::topics::Listener;

/// About how many bytes go into one frame, and so into one call of the kernel.
pub(crate) const FRAME_BYTES: usize = 32 * 1024;
/// How long a frame may take to be taken by the kernel.
const WRITE_MAX: Duration = Duration::from_secs(10);
/// How long a client may take to hear a goodbye, and to say it too.
const GOODBYE_MAX: Duration = Duration::from_secs(5);
/// How long a snapshot may take: less than clients wait for one.
const OPEN_MAX: Duration = Duration::from_millis(4_500);
/// How long a command may take. Placing an order waits for the provider.
const CALL_MAX: Duration = Duration::from_secs(30);

/// The way to one client and back.
pub(crate) trait Link {
    /// Waits for the next frame. Safe to cancel.
    ///
    /// # Errors
    /// If the connection is over, or is to be ended for a reason.
    async fn hear(&mut self) -> Result<Bytes, Option<Close>>;

    /// Writes messages, and may take them away. Waits until they are on their way.
    ///
    /// # Errors
    /// As above.
    async fn tell(&mut self, messages: &mut [Bytes]) -> Result<(), Option<Close>>;

    /// Says why the connection ends, as the last that is said. Whether it was heard.
    async fn say_goodbye(&mut self, close: Close) -> bool;

    /// Waits until the client has said goodbye too, or is done with saying it.
    async fn hear_out(&mut self);
}

/// What a session needs of the hub. One for all.
pub(crate) struct Line {
    pub(crate) keys: Keys,
    pub(crate) rpc: Rpc,
    pub(crate) channels: Channels,
    /// From the append of news to the moment in which the kernel has them.
    pub(crate) latency: Histogram,
}

type Jobs = FuturesUnordered<BoxFuture<'static, Done>>;

/// Serves one connection until it ends. Returns why it did, if that was our decision. Whoever has
/// said who they are stays if `admit` says so.
pub(crate) async fn drive(
    mut link: Box<impl Link>,
    mut session: Box<Session>,
    line: Arc<Line>,
    admit: impl Fn(&Identity) -> bool,
) -> Option<Close> {
    let outbox = session.outbox.clone();
    let encoding = session.encoding;
    let mut is_admitted = false;
    // Nothing is under way most of the time, and then it takes no room.
    let mut jobs: Option<Jobs> = None;
    // One for the whole connection: setting a clock for each message costs more than the message.
    let mut alarm = pin!(sleep_until(session.deadline().into()));
    loop {
        match flush(&mut *link, &outbox, &line.latency).await {
            ControlFlow::Continue(None) => (),
            ControlFlow::Continue(Some(close)) => session.leave(close, Now::is()),
            ControlFlow::Break(None) => return None,
            ControlFlow::Break(Some(close)) => {
                // Nothing is told any more to somebody who is leaving.
                drop((session, jobs));
                Box::pin(part(link, close)).await;
                return Some(close);
            }
        }
        tokio::select! {
            frame = link.hear() => match frame {
                Ok(frame) => session.receive(&frame, &line.keys, Now::is()),
                Err(Some(close)) => outbox.close(close),
                Err(None) => {
                    drop((session, jobs));
                    Box::pin(hear_out(link)).await;
                    return None;
                }
            },
            () = outbox.filled() => (),
            Some(done) = next(&mut jobs) => session.finish(done, Now::is()),
            () = &mut alarm => session.tick(Now::is()),
        }
        // One that rings too early does no harm, and is set anew then.
        let deadline = session.deadline().into();
        if alarm.is_elapsed() || deadline < alarm.deadline() {
            alarm.as_mut().reset(deadline);
        }
        if !is_admitted && let Some(identity) = session.identity() {
            is_admitted = true;
            if !admit(identity) {
                outbox.close(Close::CROWDED);
            }
        }
        jobs = jobs.filter(|jobs| !jobs.is_empty());
        for job in session.take_jobs() {
            let job = perform(job, encoding, outbox.clone(), line.clone());
            jobs.get_or_insert_default().push(job);
        }
    }
}

/// The next job that is done, if any is under way.
async fn next(jobs: &mut Option<Jobs>) -> Option<Done> {
    jobs.as_mut()?.next().await
}

/// Writes what waits, and says if the connection is asked to leave. Breaks at the end of the
/// connection, and says why if it is ours.
async fn flush(
    link: &mut impl Link,
    outbox: &Outbox,
    latency: &Histogram,
) -> ControlFlow<Option<Close>, Option<Close>> {
    loop {
        let mut batch = outbox.take(FRAME_BYTES);
        if !batch.messages.is_empty() {
            let mut telling = pin!(link.tell(&mut batch.messages));
            let told = match telling.as_mut().now_or_never() {
                Some(told) => Ok(told),
                // A clock costs more than most messages, and the room for one every socket.
                None => Box::pin(timeout(WRITE_MAX, telling)).await,
            };
            match told {
                // All that went together count once, as the oldest of them: nothing is told better
                // than it is, and a backlog costs no more than one.
                Ok(Ok(())) => {
                    if let Some(oldest) = batch.oldest {
                        latency.record(oldest.age());
                    }
                }
                Ok(Err(close)) => return ControlFlow::Break(close),
                Err(_) => return ControlFlow::Break(Some(Close::SLOW)),
            }
        }
        if batch.close.is_some() {
            return ControlFlow::Break(batch.close);
        }
        // What comes from here on wakes us.
        if !batch.has_more {
            return ControlFlow::Continue(batch.leave);
        }
    }
}

/// Says goodbye. Whoever heard it may say it too.
async fn part(mut link: Box<impl Link>, close: Close) {
    if let Ok(true) = timeout(GOODBYE_MAX, link.say_goodbye(close)).await {
        hear_out(link).await;
    }
}

async fn hear_out(mut link: Box<impl Link>) {
    // Whoever does not answer is left.
    let _ = timeout(GOODBYE_MAX, link.hear_out()).await;
}

/// Does a job beside the session.
fn perform(
    job: Job,
    encoding: Encoding,
    outbox: Arc<Outbox>,
    line: Arc<Line>,
) -> BoxFuture<'static, Done> {
    Box::pin(async move {
        match job {
            Job::Open { channel, request, identity } => {
                let listener = Listener::new(identity, encoding, channel.subject(), outbox);
                let opening = line.channels.open(channel, &request, listener);
                let result = timeout(OPEN_MAX, opening).await;
                let result = result.unwrap_or(Err(Refused::INTERNAL)).map(Box::new);
                Done::Opened { channel: request.channel, result }
            }
            Job::Call { id, method, data, identity } => {
                let data = data.as_ref().map_or(&[][..], |data| data.get().as_bytes());
                let call = line.rpc.call(&identity, &method, data);
                let reply = match timeout(CALL_MAX, call).await {
                    Ok(answer) => reply(answer),
                    Err(_) => Reply::Error(Refused::INTERNAL),
                };
                Done::Called { id, reply }
            }
            Job::Verify { id, token } => {
                Done::Verified { id, checked: line.keys.verify(&token).await }
            }
        }
    })
}

/// What HTTP would have answered, in the words of the protocol.
fn reply(answer: RpcReply) -> Reply {
    match answer {
        RpcReply::UnknownMethod => Reply::Error(Refused::METHOD_NOT_FOUND),
        RpcReply::Answer { status: 200..300, body } if body.is_empty() => Reply::Rpc(None),
        RpcReply::Answer { status: 200..300, body } => match serde_json::from_slice(&body) {
            Ok(data) => Reply::Rpc(Some(data)),
            Err(_) => Reply::Error(Refused::INTERNAL),
        },
        RpcReply::Answer { status, body } => Reply::Error(Refused {
            code: u32::from(status) + 1_000,
            message: String::from_utf8_lossy(&body).into_owned().into(),
            temporary: false,
        }),
    }
}

impl Now {
    /// What the clocks say.
    pub(crate) fn is() -> Now {
        Now { instant: Instant::now(), time: clock::now() }
    }
}
