//! What a subscription starts with: the whole picture, with the place in the feed up to which it
//! is complete.

use domain::{Order, Store};
use serde::Serialize;
use streams::{Board, Loaded, RiderRecord};

use super::Channels;
use super::reads::Found;
use crate::counters::CountersView;
use crate::identity::Identity;
use crate::protocol::Refused;
use crate::topics::Topic;
use crate::view::{
    Eyes, JobView, OrderView, ProgressView, RiderDistanceView, RiderView, RidersMapView,
    RidersNearView, StoreView, TicketView,
};

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
    Progress {
        progress: Box<ProgressView>,
    },
    #[serde(rename_all = "camelCase")]
    Store {
        store: Box<StoreView>,
        tickets: Vec<TicketView>,
        riders_near: Vec<RidersNearView>,
        /// Of those who come and have been heard of here.
        rider_distances: Vec<RiderDistanceView>,
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
        let found = self.reads.find(topic).await?;
        match found.as_ref() {
            Found::Order(loaded) => self.of_order(identity, loaded.as_deref()),
            Found::Store(board, store) => self.of_store(board, store.as_deref()),
            Found::Customer(orders) => Ok(of_customer(identity, orders)),
            Found::Rider(record, jobs) => Ok(self.of_rider(record, jobs)),
        }
    }

    fn of_order(&self, identity: &Identity, loaded: Option<&Loaded>) -> Result<Picture, Refused> {
        let loaded = loaded.ok_or(Refused::PERMISSION_DENIED)?;
        let eyes = identity.eyes(&loaded.order).ok_or(Refused::PERMISSION_DENIED)?;
        self.whereabouts.hear(&loaded.order);
        let snapshot = match eyes {
            Eyes::Party(audience) => {
                let order = Box::new(OrderView::of(&loaded.order, audience));
                let is_open = loaded.order.ring_meters().is_some();
                let riders_near = is_open.then(|| self.fleet.near(loaded.order.id)).flatten();
                Snapshot::Order { order, riders_near }
            }
            Eyes::Guest => {
                Snapshot::Progress { progress: Box::new(ProgressView::of(&loaded.order)) }
            }
        };
        Ok(Picture { snapshot, sequence: loaded.position.sequence })
    }

    fn of_store(&self, board: &Board, store: Option<&Store>) -> Result<Picture, Refused> {
        let store = Box::new(store.ok_or(Refused::PERMISSION_DENIED)?.clone().into());
        let tickets = board.orders.iter().map(TicketView::of).collect();
        let open = board.orders.iter().filter(|order| order.ring_meters().is_some());
        let riders_near = open.filter_map(|order| self.fleet.near(order.id)).collect();
        board.orders.iter().for_each(|order| self.arrivals.hear(order));
        let rider_distances =
            board.orders.iter().filter_map(|order| self.arrivals.distance(order.id)).collect();
        let sequence = board.position.sequence;
        let snapshot = Snapshot::Store { store, tickets, riders_near, rider_distances };
        Ok(Picture { snapshot, sequence })
    }

    fn of_rider(&self, record: &RiderRecord, jobs: &[Order]) -> Picture {
        let id = &record.id;
        let jobs = jobs
            .iter()
            // A place may be reserved for a job that somebody else got.
            .filter(|order| order.is_job_active() && order.delivery.rider.as_ref() == Some(id))
            .map(|order| JobView::of(order, id, record.position))
            .collect();
        let rider = RiderView::of(record);
        self.presence.shown(&rider);
        let sequence = record.feed_position.sequence;
        Picture { snapshot: Snapshot::Rider { rider, jobs }, sequence }
    }
}

fn of_customer(identity: &Identity, orders: &[Order]) -> Picture {
    let of = |order: &Order| Some(OrderView::of(order, identity.audience(order)?));
    let orders = orders.iter().filter_map(of).collect();
    Picture { snapshot: Snapshot::Customer { orders }, sequence: 0 }
}
