//! An order as its store sees it.

use domain::{Attention, DeliveryState, Order, OrderId, RiderId, State};
use schemars::JsonSchema;
use serde::Serialize;

use super::Instant;
use super::names::{AttentionName, IdText, OrderIdText, StateName};
use super::order::{DeliveryView, ItemView, items, reason};

/// An order as its store sees it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Ticket")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Ticket"))]
pub struct TicketView {
    #[schemars(with = "OrderIdText")]
    #[cfg_attr(test, ts(as = "String"))]
    pub order_id: OrderId,
    pub number: u64,
    pub version: u64,
    #[schemars(with = "StateName")]
    #[cfg_attr(test, ts(as = "StateName"))]
    pub state: State,
    pub label: &'static str,
    pub items: Vec<ItemView>,
    pub note: String,
    pub total_won: u64,
    pub placed_at: Instant,
    pub accept_by: Option<Instant>,
    pub cook_due_at: Option<Instant>,
    pub rider: Option<TicketRiderView>,
    pub delivery: DeliveryView,
    #[schemars(with = "Option<AttentionName>")]
    #[cfg_attr(test, ts(as = "Option<AttentionName>"))]
    pub attention: Option<Attention>,
    pub to_acknowledge: bool,
    /// Why it was called off.
    pub reason: Option<&'static str>,
    /// Until when the last tap can be taken back.
    pub undo_until: Option<Instant>,
    /// Whether it belongs on the board; a ticket that does not has just left it.
    pub on_board: bool,
}

/// Who picks a ticket up.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TicketRider")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "TicketRider"))]
pub struct TicketRiderView {
    #[schemars(with = "IdText")]
    #[cfg_attr(test, ts(as = "String"))]
    pub id: RiderId,
    /// How far from the store they were when they took the job, until they have the food.
    pub distance_meters: Option<u32>,
}

impl TicketView {
    /// The ticket of `order`.
    pub fn of(order: &Order) -> TicketView {
        let undoable = order.undo.filter(|undo| undo.version == order.version);
        TicketView {
            order_id: order.id,
            number: order.number,
            version: order.version,
            state: order.state,
            label: order.state.label(),
            items: items(order),
            note: order.note.clone(),
            total_won: order.total_won,
            placed_at: Instant(order.placed_at.unwrap_or(order.requested_at)),
            accept_by: order.accept_by.map(Instant),
            cook_due_at: order.cook_due_at.map(Instant),
            rider: rider(order),
            delivery: DeliveryView::of(order),
            attention: order.attention,
            to_acknowledge: order.is_to_acknowledge(),
            reason: reason(order),
            undo_until: undoable.map(|undo| Instant(undo.until)),
            on_board: order.is_on_board(),
        }
    }
}

fn rider(order: &Order) -> Option<TicketRiderView> {
    let id = order.delivery.rider.clone()?;
    let is_coming = order.delivery.state == DeliveryState::Claimed;
    let distance_meters = order.delivery.claimed_meters.filter(|_| is_coming);
    Some(TicketRiderView { id, distance_meters })
}
