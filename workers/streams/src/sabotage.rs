//! Parts of the machine that can be taken out, to prove that those who look for harm find it.
//! Only in builds with the feature `sabotage`; elsewhere the macro leaves nothing behind.

use std::sync::LazyLock;

use domain::{Order, OrderId, Recorded};
use redis::RedisResult;

use crate::{Placement, Streams, sabotaged};

/// How often a client library that sends again by itself does so, unless it is told not to.
const SENDINGS_MAX: usize = 16;

/// What is taken out of this process.
static TAKEN_OUT: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("SABOTAGE").ok());

/// Whether the part of this name is taken out.
pub fn is_out(name: &str) -> bool {
    TAKEN_OUT.as_deref() == Some(name)
}

impl Streams {
    /// How many events an order has by now, whatever was read before.
    pub(crate) async fn version_by_now(&self, id: OrderId, read: u64) -> u64 {
        let mut command = redis::cmd("LLEN");
        command.arg(self.keys().log(id));
        self.ask(id.partition(), &command).await.unwrap_or(read)
    }

    /// Sends an append whose answer did not come again and again, as if it were the first time.
    pub(crate) async fn resend(
        &self,
        mut answer: RedisResult<(bool, u64)>,
        before: Option<&Order>,
        after: &Order,
        recorded: &[Recorded],
    ) -> RedisResult<(bool, u64)> {
        for _ in 0..SENDINGS_MAX {
            let is_lost = answer.as_ref().is_err_and(|it| it.is_io_error());
            if !(is_lost && is_out("single-sending")) {
                break;
            }
            let version = self.version_by_now(after.id, 0).await;
            if let Ok(call) = self.append_call("", version, before, after, recorded) {
                answer = self.run(after.id.partition(), &call).await;
            }
        }
        answer
    }
}

impl Placement {
    /// The same under another key, without deduplication: each sending is an order.
    pub(crate) fn unrecognisable(self) -> Placement {
        let another = || format!("{}-{}", self.key, uuid::Uuid::now_v7());
        let key = sabotaged!("deduplication", another(), self.key.clone());
        Placement { key, ..self }
    }
}

/// Chooses between what is done without the part of this name, and what is done.
#[cfg(feature = "sabotage")]
#[macro_export]
macro_rules! sabotaged {
    ($name:literal, $without:expr, $with:expr) => {
        if $crate::sabotage::is_out($name) { $without } else { $with }
    };
}
