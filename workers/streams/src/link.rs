//! A connection to the node that has a slot, or to which the slot is on its way.

use futures_util::FutureExt;
use redis::aio::ConnectionLike;
use redis::{Cmd, Pipeline, RedisFuture, Value};

use crate::redirect::Redirect;

/// A connection, which says `ASKING` before every command if the node does not have the slot yet.
#[derive(Clone, Debug)]
pub(crate) struct Link<C> {
    pub(crate) connection: C,
    pub(crate) is_asking: bool,
}

impl<C: ConnectionLike + Send> ConnectionLike for Link<C> {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        if !self.is_asking {
            return self.connection.req_packed_command(cmd);
        }
        let mut pipe = Pipeline::with_capacity(1);
        pipe.add_command(cmd.clone());
        async move {
            let mut replies = self.req_packed_commands(&pipe, 0, 1).await?;
            replies.pop().unwrap_or(Value::Nil).extract_error()
        }
        .boxed()
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        async move {
            let replies = match self.is_asking {
                false => self.connection.req_packed_commands(pipeline, offset, count).await?,
                true => {
                    let asking = asking(pipeline);
                    let all = asking.len();
                    let replies = self.connection.req_packed_commands(&asking, 0, all).await?;
                    replies.into_iter().skip(1).step_by(2).skip(offset).take(count).collect()
                }
            };
            // The error of a whole pipeline does not say where to.
            for reply in &replies {
                if let Value::ServerError(error) = reply
                    && let error = error.clone().into()
                    && Redirect::of(&error).is_some()
                {
                    return Err(error);
                }
            }
            Ok(replies)
        }
        .boxed()
    }

    fn get_db(&self) -> i64 {
        self.connection.get_db()
    }
}

fn asking(pipeline: &Pipeline) -> Pipeline {
    let mut asking = Pipeline::with_capacity(pipeline.len() * 2);
    for command in pipeline.cmd_iter() {
        asking.cmd("ASKING").add_command(command.clone());
    }
    asking
}
