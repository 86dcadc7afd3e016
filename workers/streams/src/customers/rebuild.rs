//! Putting the read side of a customer in place anew, beside those who go on recording.

use std::sync::LazyLock;

use domain::CustomerId;
use redis::Script;

use super::{Alert, KEPT, KEPT_MAX, OrderStatus};
use crate::feed::telling;
use crate::{Error, Position, Streams};

static NEEDED: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("../scripts/needed.lua")));
static REPLACE: LazyLock<Script> =
    LazyLock::new(|| telling(include_str!("../scripts/replace_statuses.lua")));

impl Streams {
    /// Most statuses, and most alerts, that are kept for one customer.
    pub const STATUSES_MAX: usize = KEPT_MAX;

    /// Which entry of a feed is the first that a group still needs: all before it have been
    /// worked on.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn first_needed(&self, group: &str, partition: u16) -> Result<Position, Error> {
        let mut call = NEEDED.prepare_invoke();
        call.key(self.keys().feed(partition)).arg(group);
        let sequence =
            self.run(partition, &call).await.map_err(Error::reading("the state of a group"))?;
        Ok(Position { partition, sequence })
    }

    /// Puts these statuses and alerts, each newest first, in the place of what is kept for a
    /// customer, and tells nobody. `false`, and nothing changes, if there has been news for this
    /// customer since `position` was read.
    ///
    /// # Errors
    /// If Redis fails; safe to send again.
    pub async fn replace_statuses(
        &self,
        customer: &CustomerId,
        position: Position,
        statuses: &[OrderStatus],
        alerts: &[Alert],
    ) -> Result<bool, Error> {
        let home = self.home_of_customer(customer);
        let encoding = || Error::decoding("what is kept for a customer");
        let statuses = &statuses[..statuses.len().min(KEPT_MAX)];
        let mut call = REPLACE.prepare_invoke();
        call.key(self.statuses_key(customer)).key(self.recent_key(customer));
        call.key(self.alerts_key(customer)).key(self.keys().sequence(home));
        call.arg(position.sequence).arg(KEPT.as_secs()).arg(statuses.len());
        for status in statuses {
            call.arg(status.order_id.to_string()).arg(status.version);
            call.arg(serde_json::to_string(status).map_err(encoding())?);
        }
        for alert in alerts.iter().take(KEPT_MAX) {
            call.arg(serde_json::to_string(alert).map_err(encoding())?);
        }
        self.run(home, &call).await.map_err(Error::writing("what is kept for a customer"))
    }
}
