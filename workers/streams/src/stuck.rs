//! Orders that a person should look at, or to which the world still owes something.

use domain::{Effect, Order, PaymentState, Timestamp, react};
use futures_util::future::try_join_all;

use crate::clock::order_ids;
use crate::{Error, Streams};

/// An order that is not as it should stay.
#[derive(Clone, Debug, PartialEq)]
pub struct Stuck {
    /// As it is.
    pub order: Order,
    /// What it is owed, now or after a pause; nothing if it only needs a person.
    pub owed: Option<Effect>,
    /// Since when there has always been a reason for it to stand here.
    pub since: Timestamp,
}

impl Streams {
    /// Orders that need a person or are owed something, the longest stuck first.
    ///
    /// # Errors
    /// If Redis fails, or what is stored cannot be read.
    pub async fn stuck(&self, limit: usize) -> Result<Vec<Stuck>, Error> {
        let read = |partition| async move {
            let mut command = redis::cmd("ZRANGE");
            command.arg(self.keys().stuck(partition)).arg(0).arg(limit.saturating_sub(1));
            command.arg("WITHSCORES");
            let found: Vec<(String, u64)> =
                self.ask(partition, &command).await.map_err(Error::reading("stuck orders"))?;
            let (ids, since): (Vec<String>, Vec<u64>) = found.into_iter().unzip();
            let ids = order_ids(ids)?;
            Ok::<_, Error>(ids.into_iter().zip(since.into_iter().map(Timestamp)))
        };
        let found = try_join_all((0..self.partitions()).map(read)).await?;
        let mut places: Vec<_> = found.into_iter().flatten().collect();
        places.sort_by_key(|(id, since)| (*since, *id));
        places.truncate(limit);
        let ids: Vec<_> = places.iter().map(|(id, _)| *id).collect();
        let orders = self.load_orders(&ids).await?;
        // What was mended between the two reads is no longer stuck.
        let stuck = |order: Order| {
            let (_, since) = places.iter().find(|(id, _)| *id == order.id)?;
            is_stuck(&order).then(|| Stuck { owed: owed(&order), since: *since, order })
        };
        Ok(orders.into_iter().filter_map(stuck).collect())
    }
}

/// Whether an order stands among those that are stuck.
pub(crate) fn is_stuck(order: &Order) -> bool {
    order.attention.is_some() || owed(order).is_some()
}

/// What an order is owed, whether it is due or waits for its next try.
fn owed(order: &Order) -> Option<Effect> {
    react(order).or(match order.payment.state {
        PaymentState::Pending => Some(Effect::Inquire),
        PaymentState::RefundPending | PaymentState::RefundStuck => Some(Effect::Refund),
        PaymentState::Approved | PaymentState::Declined | PaymentState::Refunded => None,
    })
}
