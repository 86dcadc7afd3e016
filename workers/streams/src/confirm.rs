//! Makes sure that what was read lasts as long as what was written and acknowledged.
//!
//! What is read may be what somebody else wrote and no replica has yet. To wait for replicas is not
//! enough: one may have taken over since, without it. So each of these looks once more, and waits
//! for what it has seen.

use std::sync::LazyLock;

use domain::{CustomerId, Order, OrderId};
use redis::Script;

use crate::orders::Loaded;
use crate::{Error, Streams};

/// How often is looked anew: each time another replica has taken over.
const TRIES_MAX: u32 = 4;

static CONFIRM: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/confirm.lua")));

impl Streams {
    /// Reads an order as it will last. One round trip unless replicas are waited for, or two.
    ///
    /// # Errors
    /// As [`Streams::load`], or if too few replicas say in time that they have it; nothing is lost
    /// by that.
    pub async fn load_confirmed(&self, id: OrderId) -> Result<Option<Loaded>, Error> {
        for _ in 0..TRIES_MAX {
            match self.load(id).await? {
                Some(loaded) if !self.confirm_order(&loaded.order).await? => (),
                loaded => return Ok(loaded),
            }
        }
        Err(Error::Contended(TRIES_MAX))
    }

    /// Makes an order that was read or heard of last, or says that it is another by now. Costs
    /// nothing unless replicas are waited for.
    ///
    /// # Errors
    /// As [`Streams::load_confirmed`].
    pub async fn confirm_order(&self, order: &Order) -> Result<bool, Error> {
        let last = (order.version.saturating_sub(1)).to_string();
        let command = order.last_command.to_string();
        self.confirm(order.id.partition(), self.keys().log(order.id), &last, &command).await
    }

    /// The same of what an idempotency key stands for.
    pub(crate) async fn confirm_once(
        &self,
        customer: &CustomerId,
        key: &str,
        id: OrderId,
    ) -> Result<bool, Error> {
        let home = self.home_of_customer(customer);
        self.confirm(home, self.keys().once(customer, key), "", &id.to_string()).await
    }

    async fn confirm(
        &self,
        partition: u16,
        key: String,
        index: &str,
        part: &str,
    ) -> Result<bool, Error> {
        if !self.waits_for_replicas() {
            return Ok(true);
        }
        let mut call = CONFIRM.prepare_invoke();
        call.key(key).key(self.keys().confirmed(partition)).arg(index).arg(part);
        self.commit(partition, &call).await.map_err(Error::writing("that others have it, too"))
    }
}
