//! The hubs that are at work and how many connections each has, so that one that has too many can
//! know it. What it does about it is its own business.

use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

use crate::feed::telling;
use crate::{Error, Streams};

/// Whose node knows them: that of one partition for all.
const HOME: u16 = 0;

static NOTE: LazyLock<Script> = LazyLock::new(|| telling(include_str!("scripts/hubs.lua")));

/// All hubs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hubs {
    /// How many there are.
    pub count: u64,
    /// How many connections they have.
    pub connections: u64,
}

impl Streams {
    /// Notes that `hub` has so many connections, and says what all hubs have. One that did not say
    /// so for `silent_max`, by the clock of Redis, does not count any more.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn note_hub(
        &self,
        hub: &str,
        connections: usize,
        silent_max: Duration,
    ) -> Result<Hubs, Error> {
        let mut call = NOTE.prepare_invoke();
        call.key(self.keys().of("hubs", HOME));
        call.arg(hub).arg(connections).arg(silent_max.as_millis() as u64);
        let (count, connections) =
            self.run(HOME, &call).await.map_err(Error::writing("the hubs"))?;
        Ok(Hubs { count, connections })
    }

    /// `hub` does not count any more.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn forget_hub(&self, hub: &str) -> Result<(), Error> {
        let mut command = redis::cmd("HDEL");
        command.arg(self.keys().of("hubs", HOME)).arg(hub);
        self.ask(HOME, &command).await.map_err(Error::writing("the hubs"))
    }
}
