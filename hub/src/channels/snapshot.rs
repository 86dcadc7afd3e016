//! What a subscription starts with: the whole picture, with the place in the feed up to which it
//! is complete.

use domain::{CustomerId, OrderId, RiderId, StoreId};
use futures_util::future::try_join_all;
use serde::Serialize;

use super::{Channels, unavailable};
use crate::counters::CountersView;
use crate::identity::Identity;
use crate::protocol::Refused;
use crate::topics::Topic;
use crate::view::{
    JobView, OrderView, RiderView, RidersMapView, RidersNearView, StoreView, TicketView,
};

/// Of a customer's newest orders, how many are looked at for those that have not ended.
const NEWEST_MAX: usize = 50;

/// As it is sent.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Snapshot {
    #[serde(rename_all = "camelCase")]
    Order {
        order: Box<OrderView>,
        /// While it waits for a rider, and once they were counted.
        #[serde(skip_serializing_if = "Option::is_none")]
        riders_near: Option<RidersNearView>,
    },
    #[serde(rename_all = "camelCase")]
    Store {
        store: Box<StoreView>,
        tickets: Vec<TicketView>,
        riders_near: Vec<RidersNearView>,
    },
    Customer {
        orders: Vec<OrderView>,
    },
    Rider {
        rider: RiderView,
        jobs: Vec<JobView>,
    },
    #[serde(rename_all = "camelCase")]
    Nearby {
        jobs: Vec<JobView>,
        radius_meters: u32,
    },
    Ops {
        counters: CountersView,
        #[serde(flatten)]
        riders: RidersMapView,
    },
}

/// A snapshot of a topic.
pub(super) struct Picture {
    pub(super) snapshot: Snapshot,
    /// Everything of the topic up to here is in it; 0 if it does not say.
    pub(super) sequence: u64,
}

impl Channels {
    /// Reads what there is.
    pub(super) async fn picture(
        &self,
        identity: &Identity,
        topic: &Topic,
    ) -> Result<Picture, Refused> {
        match topic {
            Topic::Order(id) => self.order(identity, *id).await,
            Topic::Store(id) => self.store(id).await,
            Topic::Customer(id) => self.customer(id, identity).await,
            Topic::Rider(id) => self.rider(id).await,
        }
    }

    async fn order(&self, identity: &Identity, id: OrderId) -> Result<Picture, Refused> {
        let loaded = self.streams.load(id).await.map_err(unavailable)?;
        let loaded = loaded.ok_or(Refused::PERMISSION_DENIED)?;
        let audience = identity.audience(&loaded.order).ok_or(Refused::PERMISSION_DENIED)?;
        self.whereabouts.hear(&loaded.order);
        let order = Box::new(OrderView::of(&loaded.order, audience));
        let is_open = loaded.order.ring_meters().is_some();
        let riders_near = is_open.then(|| self.fleet.near(id)).flatten();
        let sequence = loaded.position.sequence;
        Ok(Picture { snapshot: Snapshot::Order { order, riders_near }, sequence })
    }

    async fn store(&self, id: &StoreId) -> Result<Picture, Refused> {
        // The board first: its place must not lie beyond a change of the store that is not seen.
        let board = self.streams.board(id).await.map_err(unavailable)?;
        let store = self.streams.store(id).await.map_err(unavailable)?;
        let store = Box::new(store.ok_or(Refused::PERMISSION_DENIED)?.into());
        let tickets = board.orders.iter().map(TicketView::of).collect();
        let open = board.orders.iter().filter(|order| order.ring_meters().is_some());
        let riders_near = open.filter_map(|order| self.fleet.near(order.id)).collect();
        let sequence = board.position.sequence;
        Ok(Picture { snapshot: Snapshot::Store { store, tickets, riders_near }, sequence })
    }

    async fn customer(&self, id: &CustomerId, identity: &Identity) -> Result<Picture, Refused> {
        let newest = self.streams.orders_of_customer(id, None, None, NEWEST_MAX).await;
        let orders = newest.map_err(unavailable)?.orders;
        let of = |order: &domain::Order| Some(OrderView::of(order, identity.audience(order)?));
        let orders = orders.iter().filter(|it| !it.state.is_ended()).filter_map(of).collect();
        Ok(Picture { snapshot: Snapshot::Customer { orders }, sequence: 0 })
    }

    async fn rider(&self, id: &RiderId) -> Result<Picture, Refused> {
        let record = self.streams.rider(id).await.map_err(unavailable)?;
        let load = |id: &OrderId| self.streams.load(*id);
        let loaded = try_join_all(record.jobs.iter().map(load)).await.map_err(unavailable)?;
        let jobs = loaded
            .iter()
            .flatten()
            .map(|loaded| &loaded.order)
            // A place may be reserved for a job that somebody else got.
            .filter(|order| order.is_job_active() && order.delivery.rider.as_ref() == Some(id))
            .map(|order| JobView::of(order, id, record.position))
            .collect();
        let rider = RiderView::of(&record);
        self.presence.shown(&rider);
        let sequence = record.feed_position.sequence;
        Ok(Picture { snapshot: Snapshot::Rider { rider, jobs }, sequence })
    }
}
