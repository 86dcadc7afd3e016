//! Riders who hold a job and have not been heard of. What follows from that is not known here.

use std::time::Duration;

use domain::RiderId;

use crate::{Error, Streams};

impl Streams {
    /// Riders at home in this partition who hold a job and were not heard of for `silent`, the
    /// longest silent first.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn silent_riders(
        &self,
        partition: u16,
        silent: Duration,
        limit: usize,
    ) -> Result<Vec<RiderId>, Error> {
        let heard_before = self.now().await?.before(silent);
        let mut command = redis::cmd("ZRANGEBYSCORE");
        command.arg(self.riding_key(partition)).arg("-inf").arg(heard_before.0);
        command.arg("LIMIT").arg(0).arg(limit);
        let ids: Vec<String> =
            self.ask(partition, &command).await.map_err(Error::reading("silent riders"))?;
        let id = |text: String| {
            text.parse().map_err(|_| Error::Broken(format!("{text:?} is no id of a rider")))
        };
        ids.into_iter().map(id).collect()
    }

    /// Notes that something was done about a rider's silence: it begins anew.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn heed_silence(&self, rider: &RiderId) -> Result<(), Error> {
        let home = self.home_of_rider(rider);
        let now = self.now().await?;
        let mut command = redis::cmd("ZADD");
        command.arg(self.riding_key(home)).arg("XX").arg(now.0).arg(rider.as_str());
        self.ask(home, &command).await.map_err(Error::writing("silent riders"))
    }

    /// Riders who hold a job, by the millisecond in which they were last heard of.
    pub(super) fn riding_key(&self, partition: u16) -> String {
        self.keys().of("riding", partition)
    }
}
