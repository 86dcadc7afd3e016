//! Moves a session: reads its socket, writes its outbox, keeps its clock and does its jobs.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::time::{sleep_until, timeout};

use super::{Done, Job, Now, Outbox, Session};
use crate::channels::Channels;
use crate::clock;
use crate::identity::{Identity, Keys};
use crate::protocol::{Close, Encoding, Refused, Reply};
use crate::rpc::{Rpc, RpcReply};
use crate::topics::Listener;

/// About how many bytes go into one frame, and so into one call of the kernel.
const FRAME_BYTES: usize = 32 * 1024;
/// How long a frame may take to be taken by the kernel.
const WRITE_MAX: Duration = Duration::from_secs(10);
/// How long a client may take to hear a goodbye, and to say it too.
const GOODBYE_MAX: Duration = Duration::from_secs(5);
/// How long a snapshot may take: less than clients wait for one.
const OPEN_MAX: Duration = Duration::from_millis(4_500);
/// How long a command may take. Placing an order waits for the provider.
const CALL_MAX: Duration = Duration::from_secs(30);

/// What a session needs of the hub. One for all.
pub(crate) struct Line {
    pub(crate) keys: Keys,
    pub(crate) rpc: Rpc,
    pub(crate) channels: Channels,
}

type Jobs = FuturesUnordered<BoxFuture<'static, Done>>;

/// Serves one socket until it ends. Returns why it did, if that was our decision. Whoever has said
/// who they are stays if `admit` says so, and until `old_at`, if that is ever.
pub(crate) async fn drive(
    mut socket: WebSocket,
    encoding: Encoding,
    outbox: Arc<Outbox>,
    line: Arc<Line>,
    old_at: Option<Instant>,
    admit: impl Fn(&Identity) -> bool,
) -> Option<Close> {
    let mut is_admitted = false;
    let mut session = Session::new(outbox.clone(), encoding, old_at, now());
    let mut jobs = Jobs::new();
    loop {
        match flush(&mut socket, encoding, &outbox).await {
            ControlFlow::Continue(None) => (),
            ControlFlow::Continue(Some(close)) => session.leave(close, now()),
            ControlFlow::Break(None) => return None,
            ControlFlow::Break(Some(close)) => {
                // Nothing is told any more to somebody who is leaving.
                drop((session, jobs));
                say_goodbye(&mut socket, close).await;
                return Some(close);
            }
        }
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => session.receive(text.as_bytes(), &line.keys, now()),
                Some(Ok(Message::Binary(bytes))) => session.receive(&bytes, &line.keys, now()),
                // Answered by the library.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => (),
                Some(Ok(Message::Close(_))) => {
                    drop((session, jobs));
                    hear_out(&mut socket).await;
                    return None;
                }
                None => return None,
                Some(Err(error)) if is_too_big(&error) => outbox.close(Close::TOO_BIG),
                Some(Err(_)) => return None,
            },
            () = outbox.filled() => (),
            Some(done) = jobs.next(), if !jobs.is_empty() => session.finish(done, now()),
            () = sleep_until(session.deadline().into()) => session.tick(now()),
        }
        if !is_admitted && let Some(identity) = session.identity() {
            is_admitted = true;
            if !admit(identity) {
                outbox.close(Close::CROWDED);
            }
        }
        for job in session.take_jobs() {
            jobs.push(perform(job, encoding, outbox.clone(), line.clone()));
        }
    }
}

/// Writes what waits, and says if the connection is asked to leave. Breaks at the end of the
/// connection, and says why if it is ours.
async fn flush(
    socket: &mut WebSocket,
    encoding: Encoding,
    outbox: &Outbox,
) -> ControlFlow<Option<Close>, Option<Close>> {
    loop {
        let batch = outbox.take(FRAME_BYTES);
        if !batch.messages.is_empty() {
            let frame = encoding.join(&batch.messages);
            drop(batch.messages);
            let Some(message) = message(encoding, frame) else {
                return ControlFlow::Break(Some(Close::INTERNAL));
            };
            match timeout(WRITE_MAX, socket.send(message)).await {
                Ok(Ok(())) => (),
                Ok(Err(_)) => return ControlFlow::Break(None),
                Err(_) => return ControlFlow::Break(Some(Close::SLOW)),
            }
        } else if batch.close.is_none() {
            return ControlFlow::Continue(batch.leave);
        }
        if batch.close.is_some() {
            return ControlFlow::Break(batch.close);
        }
    }
}

fn message(encoding: Encoding, frame: Bytes) -> Option<Message> {
    match encoding {
        Encoding::Json => Utf8Bytes::try_from(frame).ok().map(Message::Text),
        Encoding::Protobuf => Some(Message::Binary(frame)),
        // They have a stream of their own, and no socket.
        Encoding::Events => None,
    }
}

async fn say_goodbye(socket: &mut WebSocket, close: Close) {
    let frame = CloseFrame { code: close.code, reason: Utf8Bytes::from_static(close.reason) };
    if let Ok(Ok(())) = timeout(GOODBYE_MAX, socket.send(Message::Close(Some(frame)))).await {
        hear_out(socket).await;
    }
}

/// Reads to the end: only while somebody reads does the library answer a goodbye.
async fn hear_out(socket: &mut WebSocket) {
    let end = async { while let Some(Ok(_)) = socket.recv().await {} };
    // Whoever does not answer is left.
    let _ = timeout(GOODBYE_MAX, end).await;
}

fn is_too_big(error: &axum::Error) -> bool {
    use std::error::Error;
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    text.contains("too long") || text.contains("too big")
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
                let listener = Listener::new(identity, encoding, outbox);
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

fn now() -> Now {
    Now { instant: Instant::now(), time: clock::now() }
}
