//! Placing an order, once per idempotency key.
//!
//! The key is claimed in the customer's home partition and not by the append: the same key sent
//! for another store would meet another slot there, and go unnoticed.

use std::sync::LazyLock;
use std::time::Duration;

use domain::{
    Actor, Basket, CommandId, CustomerId, Event, Order, OrderId, Recorded, Rules, Store, StoreId,
    Timestamp,
};
use redis::Script;
use uuid::Uuid;

use crate::append::{Appended, LISTED};
use crate::feed::telling;
use crate::keys::BOARD_CHANGED;
use crate::{Admission, Error, PlaceError, Streams, sabotaged};

/// How long an idempotency key is remembered.
const REMEMBERED: Duration = Duration::from_secs(24 * 3_600);

/// How often an order is placed anew because Redis began anew meanwhile.
const TRIES_MAX: u32 = 4;

/// What the numbers of a store's orders begin after.
const NUMBERS_AFTER: u64 = 1_000;

static OFFER: LazyLock<Script> = LazyLock::new(|| telling(include_str!("scripts/offer.lua")));
static ONCE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/once.lua")));

/// What a customer asks for, of whom, under which idempotency key.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// Who.
    pub customer: CustomerId,
    /// The customer's own name for this request.
    pub key: String,
    /// Tells this body from others under the same key.
    pub body_hash: String,
    /// Of whom.
    pub store: StoreId,
    /// What.
    pub basket: Basket,
}

/// A store at the moment of an order.
struct Offer {
    store: Store,
    open_orders: u32,
    number: u64,
    now: Timestamp,
    /// Of the feed in which the order would be told of.
    epoch: String,
}

impl Streams {
    /// Places an order, and says whether it is new. Sent again with the same key and body, the
    /// same order is answered, as it is by then.
    ///
    /// # Errors
    /// A refusal leaves no trace, so the key can be used again. After [`Error::Write`] nobody
    /// knows whether the order stands; send it again under the same key.
    pub async fn place(
        &self,
        placement: Placement,
        rules: &Rules,
    ) -> Result<(Order, bool), PlaceError> {
        for _ in 0..TRIES_MAX {
            if let Some(placed) = self.try_place(&placement, rules).await? {
                return Ok(placed);
            }
        }
        Err(Error::Contended(TRIES_MAX).into())
    }

    /// Places an order, unless the key may have been forgotten while that was done.
    async fn try_place(
        &self,
        placement: &Placement,
        rules: &Rules,
    ) -> Result<Option<(Order, bool)>, PlaceError> {
        let claimed = sabotaged!("deduplication", None, self.claimed(placement).await?);
        if let Some(id) = claimed
            && let Some(loaded) = self.load_confirmed(id).await?
        {
            return Ok(Some((loaded.order, false)));
        }
        let offer = self.offer(&placement.store).await?.ok_or(PlaceError::NoSuchStore)?;
        let events = domain::place(
            &offer.store,
            offer.open_orders,
            placement.customer.clone(),
            offer.number,
            placement.basket.clone(),
            offer.now,
            rules,
        )
        .map_err(PlaceError::Refused)?;
        // Last of all, or an order that is refused anyway would be taken for the probe.
        if let Admission::Open { retry_after } = self.breaker_admit().await? {
            return Err(PlaceError::PaymentBusy { retry_after });
        }
        #[cfg(feature = "sabotage")]
        let placement = &placement.clone().unrecognisable();
        // Also if it was claimed before: whoever did died before the append, or is about to append
        // the same. After the offer, so that the epoch of the offer is not older than the claim.
        let id = self.claim(placement, offer.now, claimed).await?;
        self.begin(id, placement.customer.clone(), &offer, events).await
    }

    /// Appends the first events of an order, unless a twin of this request has. Neither if Redis
    /// may have lost something since the offer: if the key is gone, the same tap would become two.
    async fn begin(
        &self,
        id: OrderId,
        customer: CustomerId,
        offer: &Offer,
        events: Vec<Event>,
    ) -> Result<Option<(Order, bool)>, PlaceError> {
        let command = CommandId(Uuid::new_v5(&id.as_uuid(), b"place"));
        let by = Actor::Customer(customer);
        let at = offer.now;
        let record = |event| Recorded { at, by: by.clone(), command, cause: None, event };
        let recorded: Vec<Recorded> = events.into_iter().map(record).collect();
        match self.append_first(&offer.epoch, id, &recorded).await? {
            Appended::Done(order) => Ok(Some((*order, true))),
            Appended::Conflict => {
                Ok(self.load_confirmed(id).await?.map(|loaded| (loaded.order, false)))
            }
        }
    }

    /// The order that the key stands for already, and will.
    async fn claimed(&self, placement: &Placement) -> Result<Option<OrderId>, PlaceError> {
        let Placement { customer, key, .. } = placement;
        let mut command = redis::cmd("GET");
        command.arg(self.keys().once(customer, key));
        let home = self.home_of_customer(customer);
        let standing: Option<String> =
            self.ask(home, &command).await.map_err(Error::reading("an idempotency key"))?;
        let Some(standing) = standing else { return Ok(None) };
        let id = same_request(placement, &standing)?;
        // Whoever claimed it may not know whether that lasts.
        let lasts = self.confirm_once(customer, key, id).await?;
        Ok(lasts.then_some(id))
    }

    /// Lets the key stand for this order, or one made `now`, or finds what it stands for already.
    async fn claim(
        &self,
        placement: &Placement,
        now: Timestamp,
        claimed: Option<OrderId>,
    ) -> Result<OrderId, PlaceError> {
        let Placement { customer, key, body_hash, store, .. } = placement;
        let new = || OrderId::new(now, self.partition_of_store(store), rand::random());
        let id = claimed.unwrap_or_else(new);
        let mut call = ONCE.prepare_invoke();
        call.key(self.keys().once(customer, key)).key(self.keys().placed(customer));
        call.key(self.keys().open(customer));
        call.arg(format!("{id} {store} {body_hash}")).arg(REMEMBERED.as_secs());
        call.arg(id.to_string()).arg(OrderId::new(now.before(LISTED), 0, 0).to_string());
        let home = self.home_of_customer(customer);
        let standing: String =
            self.commit(home, &call).await.map_err(Error::writing("an idempotency key"))?;
        same_request(placement, &standing)
    }

    /// Reads a store with how busy it is, and takes a number. A number that is not used is a
    /// harmless gap.
    async fn offer(&self, id: &StoreId) -> Result<Option<Offer>, Error> {
        let mut call = OFFER.prepare_invoke();
        call.key(self.keys().store(id)).key(self.keys().board(id)).key(self.keys().number(id));
        let partition = self.partition_of_store(id);
        call.key(self.keys().epoch(partition)).arg(BOARD_CHANGED);
        let offer: Option<(String, u32, u64, u64, String)> =
            self.run(partition, &call).await.map_err(Error::reading("a store"))?;
        let Some((json, open_orders, count, now, epoch)) = offer else { return Ok(None) };
        let store = serde_json::from_str(&json).map_err(Error::decoding("a store"))?;
        let number = NUMBERS_AFTER + count;
        Ok(Some(Offer { store, open_orders, number, now: Timestamp(now), epoch }))
    }
}

/// The order that a key stands for, if it was used for the same request.
fn same_request(placement: &Placement, standing: &str) -> Result<OrderId, PlaceError> {
    let mut parts = standing.splitn(3, ' ');
    let id = parts.next().and_then(|id| id.parse().ok());
    let is_same = parts.next() == Some(placement.store.as_str())
        && parts.next() == Some(placement.body_hash.as_str());
    match id {
        Some(id) if is_same => Ok(id),
        Some(_) => Err(PlaceError::KeyReused),
        None => Err(Error::Broken("an idempotency key stands for no order".to_owned()).into()),
    }
}
