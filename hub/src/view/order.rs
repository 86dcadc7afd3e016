//! An order, as each of its parties sees it.

use domain::{
    Attention, CustomerId, DeliveryState, Order, OrderId, PaymentState, Point, Recorded, RiderId,
    State, StoreId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::names::{
    AttentionName, DeliveryStateName, IdText, OrderIdText, PaymentStateName, StateName,
};
use super::{Audience, Instant};

/// An order, as one of its parties sees it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Order")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Order"))]
pub struct OrderView {
    #[schemars(with = "OrderIdText")]
    #[cfg_attr(test, ts(as = "String"))]
    pub id: OrderId,
    pub number: u64,
    pub version: u64,
    #[schemars(with = "StateName")]
    #[cfg_attr(test, ts(as = "StateName"))]
    pub state: State,
    pub label: &'static str,
    #[schemars(with = "Option<AttentionName>")]
    #[cfg_attr(test, ts(as = "Option<AttentionName>"))]
    pub attention: Option<Attention>,
    #[schemars(with = "IdText")]
    #[cfg_attr(test, ts(as = "String"))]
    pub customer_id: CustomerId,
    pub store: ShopView,
    pub rider: Option<OrderRiderView>,
    pub items: Vec<ItemView>,
    pub total_won: u64,
    /// Only for those who need it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub note: Option<String>,
    /// Only for those who need it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub address: Option<AddressView>,
    pub payment: OrderPaymentView,
    pub delivery: DeliveryView,
    pub placed_at: Instant,
    pub accept_by: Option<Instant>,
    pub cook_due_at: Option<Instant>,
    pub eta: Option<EtaView>,
    pub cancelable: bool,
    /// Why it was rejected or called off.
    pub reason: Option<&'static str>,
    pub timeline: Vec<StepView>,
}

/// A store, as far as an order or a job needs it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Shop")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Shop"))]
pub struct ShopView {
    #[schemars(with = "IdText")]
    #[cfg_attr(test, ts(as = "String"))]
    pub id: StoreId,
    pub name: String,
    pub lat: f64,
    pub lng: f64,
}

/// Who rides.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "OrderRider")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "OrderRider"))]
pub struct OrderRiderView {
    #[schemars(with = "IdText")]
    #[cfg_attr(test, ts(as = "String"))]
    pub id: RiderId,
}

/// A line of an order.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Item")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Item"))]
pub struct ItemView {
    pub menu_id: String,
    pub name: String,
    pub options: Vec<String>,
    pub quantity: u32,
    pub price_won: u64,
}

/// Where the food goes.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Address")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Address"))]
pub struct AddressView {
    pub text: String,
    #[schemars(range(min = -85.0, max = 85.0))]
    pub lat: f64,
    #[schemars(range(min = -180.0, max = 180.0))]
    pub lng: f64,
}

/// Where the money is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "OrderPayment")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "OrderPayment"))]
pub struct OrderPaymentView {
    #[schemars(with = "PaymentStateName")]
    #[cfg_attr(test, ts(as = "PaymentStateName"))]
    pub state: PaymentState,
    /// Why it was declined.
    pub reason: Option<String>,
}

/// Where the delivery stands.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Delivery")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Delivery"))]
pub struct DeliveryView {
    #[schemars(with = "DeliveryStateName")]
    #[cfg_attr(test, ts(as = "DeliveryStateName"))]
    pub state: DeliveryState,
    pub ring_meters: Option<u32>,
    /// When a rider was first looked for.
    pub opened_at: Option<Instant>,
}

/// When the food is expected.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Eta")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Eta"))]
pub struct EtaView {
    pub from: Instant,
    pub to: Instant,
    pub first_promise: Instant,
    pub cause: Option<String>,
}

/// Something that happened.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Step")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Step"))]
pub struct StepView {
    pub event: String,
    pub at: Instant,
    pub by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub reason: Option<String>,
    /// The command that it comes from. Only for operators who follow an order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    #[cfg_attr(test, ts(optional, as = "Option<String>"))]
    pub command: Option<Uuid>,
    /// The command that caused that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    #[cfg_attr(test, ts(optional, as = "Option<String>"))]
    pub cause: Option<Uuid>,
}

impl OrderView {
    /// The order in the eyes of `audience`.
    pub fn of(order: &Order, audience: Audience) -> OrderView {
        let address = audience.sees_address().then(|| AddressView {
            text: order.address.text.clone(),
            lat: order.address.position.lat,
            lng: order.address.position.lng,
        });
        OrderView {
            id: order.id,
            number: order.number,
            version: order.version,
            state: order.state,
            label: order.state.label(),
            attention: order.attention,
            customer_id: order.customer.clone(),
            store: ShopView::of(order),
            rider: order.delivery.rider.clone().map(|id| OrderRiderView { id }),
            items: items(order),
            total_won: order.total_won,
            note: Some(order.note.clone()),
            address,
            payment: OrderPaymentView {
                state: order.payment.state,
                reason: order.payment.declined.clone(),
            },
            delivery: DeliveryView::of(order),
            placed_at: Instant(order.placed_at.unwrap_or(order.requested_at)),
            accept_by: order.accept_by.map(Instant),
            cook_due_at: order.cook_due_at.map(Instant),
            eta: EtaView::of(order),
            cancelable: order.is_cancelable(),
            reason: reason(order),
            timeline: timeline(order),
        }
    }
}

impl ShopView {
    pub(super) fn of(order: &Order) -> ShopView {
        let Point { lat, lng } = order.shop.position;
        ShopView { id: order.shop.id.clone(), name: order.shop.name.clone(), lat, lng }
    }
}

impl EtaView {
    pub(super) fn of(order: &Order) -> Option<EtaView> {
        order.eta.as_ref().map(|eta| EtaView {
            from: Instant(eta.from),
            to: Instant(eta.to),
            first_promise: Instant(eta.first_promise),
            cause: eta.cause.as_deref().map(str::to_owned),
        })
    }
}

impl DeliveryView {
    pub(super) fn of(order: &Order) -> DeliveryView {
        DeliveryView {
            state: order.delivery.state,
            ring_meters: order.ring_meters(),
            opened_at: order.delivery.opened_at.map(Instant),
        }
    }
}

pub(super) fn items(order: &Order) -> Vec<ItemView> {
    let of = |item: &domain::Item| ItemView {
        menu_id: item.menu_id.clone(),
        name: item.name.clone(),
        options: item.options.clone(),
        quantity: item.quantity,
        price_won: item.price_won,
    };
    order.items.iter().map(of).collect()
}

pub(super) fn reason(order: &Order) -> Option<&'static str> {
    let rejected = order.rejected.map(|reason| reason.code());
    rejected.or(order.canceled.as_ref().map(|(_, reason)| reason.code()))
}

/// What happened to the order, oldest first.
pub fn timeline(order: &Order) -> Vec<StepView> {
    let of = |step: &domain::Step| StepView {
        event: step.event.to_string(),
        at: Instant(step.at),
        by: step.by.kind(),
        reason: step.reason.clone(),
        command: None,
        cause: None,
    };
    order.steps.iter().map(of).collect()
}

/// The same, with the commands that made it happen; `log` is that of the order.
pub fn traced_timeline(order: &Order, log: &[Recorded]) -> Vec<StepView> {
    let traced = |(step, recorded): (StepView, &Recorded)| StepView {
        command: Some(recorded.command.0),
        cause: recorded.cause.map(|cause| cause.0),
        ..step
    };
    timeline(order).into_iter().zip(log).map(traced).collect()
}
