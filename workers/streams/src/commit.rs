//! Changes that count as done only once replicas have them too.
//!
//! `WAIT` holds up everything that comes after it on the same connection, so these changes have one
//! of their own, and whatever gathers while one batch is waited for is the next: a group commit.

use std::time::Duration;

use futures_util::FutureExt;
use redis::aio::{ConnectionLike, ConnectionManager};
use redis::{Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value};
use tokio::sync::{mpsc, oneshot};

/// Calls that may wait for their batch; whoever finds no room waits, and is given up as any call.
const WAITING_MAX: usize = 4_096;

/// Most calls of one batch: some milliseconds of Redis.
const BATCH_MAX: usize = 256;

/// Takes changes to one node. Cheap to clone; ends with its last clone.
#[derive(Clone)]
pub(crate) struct Commits(mpsc::Sender<Change>);

/// One call: all of it is in one batch.
struct Change {
    commands: Vec<Cmd>,
    answer: oneshot::Sender<RedisResult<Vec<Value>>>,
}

impl Commits {
    /// Sends changes on this connection, and waits for so many replicas after each batch.
    pub(crate) fn on(connection: ConnectionManager, replicas: u8, within: Duration) -> Commits {
        let (sender, changes) = mpsc::channel(WAITING_MAX);
        tokio::spawn(commit(connection, changes, replicas, within));
        Commits(sender)
    }

    async fn send(&self, commands: Vec<Cmd>) -> RedisResult<Vec<Value>> {
        let (answer, answered) = oneshot::channel();
        let gone = |_| RedisError::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        self.0.send(Change { commands, answer }).await.map_err(|_| gone(()))?;
        answered.await.map_err(|_| gone(()))?
    }
}

impl ConnectionLike for Commits {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        let sent = self.send(vec![cmd.clone()]);
        async move { sent.await?.pop().unwrap_or(Value::Nil).extract_error() }.boxed()
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let sent = self.send(pipeline.cmd_iter().cloned().collect());
        async move { Ok(sent.await?.into_iter().skip(offset).take(count).collect()) }.boxed()
    }

    fn get_db(&self) -> i64 {
        0
    }
}

async fn commit(
    mut connection: ConnectionManager,
    mut changes: mpsc::Receiver<Change>,
    replicas: u8,
    within: Duration,
) {
    let mut batch = Vec::new();
    while changes.recv_many(&mut batch, BATCH_MAX).await > 0 {
        // Nobody waits any more for what was given up before it was sent.
        batch.retain(|change| !change.answer.is_closed());
        let mut pipe = Pipeline::with_capacity(batch.len() + 1);
        for command in batch.iter().flat_map(|change| &change.commands) {
            pipe.add_command(command.clone());
        }
        pipe.cmd("WAIT").arg(replicas).arg(within.as_millis() as u64);
        let replies = connection.send_packed_commands(&pipe, 0, pipe.len()).await;
        answer(batch.drain(..), replies, replicas);
    }
}

/// Tells everybody what became of their change.
fn answer(batch: impl Iterator<Item = Change>, replies: RedisResult<Vec<Value>>, replicas: u8) {
    let mut replies = match replies {
        Ok(replies) => replies.into_iter(),
        Err(error) => {
            batch.for_each(|change| _ = change.answer.send(Err(error.clone())));
            return;
        }
    };
    let is_safe = match replies.next_back() {
        Some(Value::Int(have)) => have >= i64::from(replicas),
        _ => false,
    };
    for Change { commands, answer } in batch {
        let own: Vec<Value> = replies.by_ref().take(commands.len()).collect();
        // What was refused has not happened, on no node.
        let is_refused = own.iter().any(|reply| matches!(reply, Value::ServerError(_)));
        _ = answer.send(match is_safe || is_refused {
            true => Ok(own),
            false => Err(too_few()),
        });
    }
}

fn too_few() -> RedisError {
    let message = "too few replicas said in time that they have it";
    std::io::Error::new(std::io::ErrorKind::TimedOut, message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change() -> (Change, oneshot::Receiver<RedisResult<Vec<Value>>>) {
        let (answer, answered) = oneshot::channel();
        (Change { commands: vec![redis::cmd("INCR")], answer }, answered)
    }

    #[test]
    fn what_too_few_replicas_have_is_not_known_and_a_refusal_is() {
        for (have, is_known) in [(0, false), (1, true), (2, true)] {
            let (done, mut of_done) = change();
            let (refused, mut of_refused) = change();
            let error = redis::parse_redis_value(b"-MOVED 1 a:1\r\n").expect("a reply");
            let replies = vec![Value::Int(7), error, Value::Int(have)];
            answer([done, refused].into_iter(), Ok(replies), 1);
            assert_eq!(of_done.try_recv().expect("an answer").is_ok(), is_known, "{have}");
            assert!(of_refused.try_recv().expect("an answer").is_ok());
        }
    }
}
