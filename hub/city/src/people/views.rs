//! What the people read of the hub's views: only what they act on.

use serde::{Deserialize, Serialize};

use crate::streets::Position;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum OrderState {
    PaymentPending,
    Placed,
    Accepted,
    Cooking,
    Cooked,
    Delivering,
    Delivered,
    PaymentFailed,
    Rejected,
    Canceled,
    /// One that this version of the app does not know.
    #[serde(other)]
    Other,
}

impl OrderState {
    pub(super) fn is_ended(self) -> bool {
        matches!(self, Self::Delivered | Self::PaymentFailed | Self::Rejected | Self::Canceled)
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Order {
    pub(super) id: String,
    pub(super) version: u64,
    pub(super) state: OrderState,
}

#[derive(Debug, Deserialize)]
pub(super) struct OrderSnapshot {
    pub(super) order: Order,
}

#[derive(Debug, Deserialize)]
pub(super) struct CustomerSnapshot {
    pub(super) orders: Vec<Order>,
}

/// News that may be about an order: a rider's position has none.
#[derive(Debug, Deserialize)]
pub(super) struct OrderNews {
    pub(super) order: Option<Order>,
}

#[derive(Debug, Deserialize)]
pub(super) struct StoreList {
    pub(super) stores: Vec<StoreLine>,
}

#[derive(Debug, Deserialize)]
pub(super) struct StoreLine {
    pub(super) id: String,
    pub(super) open: bool,
    pub(super) paused: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ticket {
    pub(super) order_id: String,
    pub(super) version: u64,
    pub(super) state: OrderState,
    pub(super) cook_due_at: Option<String>,
    #[serde(default)]
    pub(super) to_acknowledge: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Board {
    pub(super) tickets: Vec<Ticket>,
}

/// News of a board: a ticket's, or the store's own.
#[derive(Debug, Deserialize)]
pub(super) struct BoardNews {
    pub(super) ticket: Option<Ticket>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Job {
    pub(super) order_id: String,
    pub(super) version: u64,
    pub(super) state: String,
    #[serde(default)]
    pub(super) claimable: bool,
    pub(super) store: JobStore,
    pub(super) dropoff: Dropoff,
    #[serde(default)]
    pub(super) mine: bool,
}

impl Job {
    /// Whether the food is in the rider's box.
    pub(super) fn is_carried(&self) -> bool {
        matches!(self.state.as_str(), "PICKED_UP" | "DELIVERING")
    }

    /// Whether there is nothing more to do.
    pub(super) fn is_over(&self) -> bool {
        matches!(
            self.state.as_str(),
            "COMPLETED" | "DELIVERED" | "WITHDRAWN" | "CANCELED" | "REJECTED"
        )
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct JobStore {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) at: Position,
}

/// Where the food goes: about there, and the door itself once the job is the rider's.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Dropoff {
    #[serde(flatten)]
    about: Position,
    address: Option<Door>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Door {
    Place(Position),
    Text(#[expect(dead_code, reason = "the text is for people")] String),
}

impl Dropoff {
    pub(super) fn at(&self) -> Position {
        match self.address {
            Some(Door::Place(door)) => door,
            Some(Door::Text(_)) | None => self.about,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct RiderSnapshot {
    pub(super) rider: RiderView,
    pub(super) jobs: Vec<Job>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RiderView {
    pub(super) lat: Option<f64>,
    pub(super) lng: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Jobs {
    pub(super) jobs: Vec<Job>,
}

/// News of one job: its view, or that it is gone.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobNews {
    pub(super) job: Option<Job>,
    pub(super) order_id: Option<String>,
}

/// A position as a rider's phone reports it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    #[serde(flatten)]
    pub(super) at_position: Position,
    pub(super) accuracy_meters: u32,
    pub(super) at: String,
}

/// What `nearby` wants to know.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Around {
    #[serde(flatten)]
    pub(super) at: Position,
    pub(super) radius_meters: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_door_of_a_claimed_job_is_where_its_address_is() {
        let job = |address: &str| {
            let json = format!(
                r#"{{"orderId":"o","number":7,"version":3,"state":"CLAIMED","claimable":false,
                "store":{{"id":"s-1","name":"달빛분식","lat":1.0,"lng":2.0}},
                "dropoff":{{"area":"나루동","lat":3.0,"lng":4.0{address}}},"mine":true}}"#
            );
            serde_json::from_str::<Job>(&json).unwrap().dropoff.at().lat
        };
        assert_eq!(job(""), 3.0);
        assert_eq!(job(r#","address":"나루동 12길 3""#), 3.0);
        assert_eq!(job(r#","address":{"text":"나루동 12길 3","lat":5.0,"lng":6.0}"#), 5.0);
    }

    #[test]
    fn a_state_of_a_later_version_is_no_error() {
        let order: Order =
            serde_json::from_str(r#"{"id":"o","version":1,"state":"TELEPORTED"}"#).unwrap();
        assert_eq!(order.state, OrderState::Other);
    }
}
