//! What an app is shown, and the only place that says so.
//!
//! A view depends on the order alone: not on the clock, nor on the hub. So for equal versions
//! every hub answers and pushes the same bytes.

use domain::{
    Attention, CustomerId, DeliveryState, Order, OrderId, PaymentState, Point, RiderId, State,
    StoreId, Timestamp,
};
use serde::{Deserialize, Serialize};
use streams::{Alert, LedgerRow, OrderStatus, RiderRecord};

#[cfg(test)]
mod contract;
#[cfg(test)]
use contract::{AttentionName, DeliveryStateName, PaymentStateName, StateName};

/// Decimals of a drop-off that riders see before they have claimed it: some 100 m.
const COARSE_DEGREES: f64 = 1_000.0;

/// In whose eyes an order is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Who ordered it: everything.
    Customer,
    /// Who cooks it: not where it goes.
    Store,
    /// Who rides it: where it goes, once it is theirs.
    Rider,
    /// Who helps: everything.
    Operator,
}

impl Audience {
    fn sees_address(self) -> bool {
        self != Audience::Store
    }
}

/// An instant as apps read it: RFC 3339, UTC, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(test, derive(ts_rs::TS), ts(as = "String"))]
pub struct Instant(pub Timestamp);

impl Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match jiff::Timestamp::from_millisecond(self.0.0 as i64) {
            Ok(at) => serializer.collect_str(&format_args!("{at:.3}")),
            Err(error) => Err(serde::ser::Error::custom(error)),
        }
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let at: jiff::Timestamp = text.parse().map_err(serde::de::Error::custom)?;
        let millis = u64::try_from(at.as_millisecond()).map_err(serde::de::Error::custom)?;
        Ok(Instant(Timestamp(millis)))
    }
}

/// An order, as one of its parties sees it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Order"))]
pub struct OrderView {
    #[cfg_attr(test, ts(as = "String"))]
    pub id: OrderId,
    pub number: u64,
    pub version: u64,
    #[cfg_attr(test, ts(as = "StateName"))]
    pub state: State,
    pub label: &'static str,
    #[cfg_attr(test, ts(as = "Option<AttentionName>"))]
    pub attention: Option<Attention>,
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
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Shop"))]
pub struct ShopView {
    #[cfg_attr(test, ts(as = "String"))]
    pub id: StoreId,
    pub name: String,
    pub lat: f64,
    pub lng: f64,
}

/// Who rides.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "OrderRider"))]
pub struct OrderRiderView {
    #[cfg_attr(test, ts(as = "String"))]
    pub id: RiderId,
}

/// A line of an order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Item"))]
pub struct ItemView {
    pub menu_id: String,
    pub name: String,
    pub options: Vec<String>,
    pub quantity: u32,
    pub price_won: u64,
}

/// Where the food goes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Address"))]
pub struct AddressView {
    pub text: String,
    pub lat: f64,
    pub lng: f64,
}

/// Where the money is.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "OrderPayment"))]
pub struct OrderPaymentView {
    #[cfg_attr(test, ts(as = "PaymentStateName"))]
    pub state: PaymentState,
    /// Why it was declined.
    pub reason: Option<String>,
}

/// Where the delivery stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Delivery"))]
pub struct DeliveryView {
    #[cfg_attr(test, ts(as = "DeliveryStateName"))]
    pub state: DeliveryState,
    pub ring_meters: Option<u32>,
    /// When a rider was first looked for.
    pub opened_at: Option<Instant>,
}

/// When the food is expected.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Eta"))]
pub struct EtaView {
    pub from: Instant,
    pub to: Instant,
    pub first_promise: Instant,
    pub cause: Option<String>,
}

/// Something that happened.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Step"))]
pub struct StepView {
    pub event: String,
    pub at: Instant,
    pub by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub reason: Option<String>,
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
            eta: order.eta.as_ref().map(|eta| EtaView {
                from: Instant(eta.from),
                to: Instant(eta.to),
                first_promise: Instant(eta.first_promise),
                cause: eta.cause.as_deref().map(str::to_owned),
            }),
            cancelable: order.is_cancelable(),
            reason: reason(order),
            timeline: timeline(order),
        }
    }
}

impl ShopView {
    fn of(order: &Order) -> ShopView {
        let Point { lat, lng } = order.shop.position;
        ShopView { id: order.shop.id.clone(), name: order.shop.name.clone(), lat, lng }
    }
}

impl DeliveryView {
    fn of(order: &Order) -> DeliveryView {
        DeliveryView {
            state: order.delivery.state,
            ring_meters: order.ring_meters(),
            opened_at: order.delivery.opened_at.map(Instant),
        }
    }
}

fn items(order: &Order) -> Vec<ItemView> {
    let of = |item: &domain::Item| ItemView {
        menu_id: item.menu_id.clone(),
        name: item.name.clone(),
        options: item.options.clone(),
        quantity: item.quantity,
        price_won: item.price_won,
    };
    order.items.iter().map(of).collect()
}

fn reason(order: &Order) -> Option<&'static str> {
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
    };
    order.steps.iter().map(of).collect()
}

/// An order as its store sees it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Ticket"))]
pub struct TicketView {
    #[cfg_attr(test, ts(as = "String"))]
    pub order_id: OrderId,
    pub number: u64,
    pub version: u64,
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
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "TicketRider"))]
pub struct TicketRiderView {
    #[cfg_attr(test, ts(as = "String"))]
    pub id: RiderId,
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
            rider: order
                .delivery
                .rider
                .clone()
                .map(|id| TicketRiderView { id, distance_meters: None }),
            delivery: DeliveryView::of(order),
            attention: order.attention,
            to_acknowledge: order.is_to_acknowledge(),
            reason: reason(order),
            undo_until: undoable.map(|undo| Instant(undo.until)),
            on_board: order.is_on_board(),
        }
    }
}

/// A delivery as a rider sees it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Job"))]
pub struct JobView {
    #[cfg_attr(test, ts(as = "String"))]
    pub order_id: OrderId,
    pub number: u64,
    pub version: u64,
    #[cfg_attr(test, ts(as = "DeliveryStateName"))]
    pub state: DeliveryState,
    pub claimable: bool,
    pub store: ShopView,
    pub dropoff: DropoffView,
    /// From the rider to the store; nothing where the rider's position is not known.
    pub distance_meters: Option<u32>,
    pub delivery_meters: u32,
    pub fee_won: u64,
    pub ready_at: Option<Instant>,
    pub opened_at: Option<Instant>,
    pub mine: bool,
}

/// Where a job ends: roughly for everybody, exactly for whoever has claimed it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Dropoff"))]
pub struct DropoffView {
    pub area: String,
    pub lat: f64,
    pub lng: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub note: Option<String>,
}

impl JobView {
    /// The job of `order` in the eyes of `rider`, who is at `from` as far as anybody knows.
    pub fn of(order: &Order, rider: &RiderId, from: Option<Point>) -> JobView {
        let is_mine = order.delivery.rider.as_ref() == Some(rider);
        // A withdrawn or finished delivery is not a reason to know where somebody lives.
        let is_exact = is_mine && order.is_job_active();
        let Point { lat, lng } = order.address.position;
        let coarse = |degrees: f64| (degrees * COARSE_DEGREES).round() / COARSE_DEGREES;
        JobView {
            order_id: order.id,
            number: order.number,
            version: order.version,
            state: order.delivery.state,
            claimable: order.delivery.state == DeliveryState::Open,
            store: ShopView::of(order),
            dropoff: DropoffView {
                area: area(&order.address.text),
                lat: if is_exact { lat } else { coarse(lat) },
                lng: if is_exact { lng } else { coarse(lng) },
                address: is_exact.then(|| order.address.text.clone()),
                note: is_exact.then(|| order.note.clone()),
            },
            distance_meters: from
                .map(|from| from.distance_meters(order.shop.position).round() as u32),
            delivery_meters: order.delivery.meters,
            fee_won: order.delivery.fee_won,
            ready_at: order.cooked_at.or(order.cook_due_at).map(Instant),
            opened_at: order.delivery.opened_at.map(Instant),
            mine: is_mine,
        }
    }
}

/// The part of an address that many share: its first two words, nothing with a house number.
fn area(address: &str) -> String {
    let street = address.split(',').next().unwrap_or_default();
    street.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

/// A store, as its owner gives it and as everybody sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Store"))]
pub struct StoreView {
    #[cfg_attr(test, ts(as = "String"))]
    pub id: StoreId,
    pub name: String,
    pub lat: f64,
    pub lng: f64,
    #[serde(default = "yes")]
    pub open: bool,
    #[serde(default)]
    pub paused: bool,
    pub delivery_radius_meters: u32,
    #[serde(default)]
    pub min_total_won: u64,
    pub open_orders_max: u32,
    pub default_cook_minutes: u32,
    #[serde(default)]
    pub auto_accept: bool,
    pub menu: Vec<MenuItemView>,
}

/// Something to eat.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "MenuItem"))]
pub struct MenuItemView {
    pub id: String,
    pub name: String,
    pub price_won: u64,
    #[serde(default)]
    pub sold_out: bool,
    #[serde(default)]
    pub options: Vec<String>,
}

fn yes() -> bool {
    true
}

impl From<domain::Store> for StoreView {
    fn from(store: domain::Store) -> StoreView {
        let menu_item = |item: domain::MenuItem| MenuItemView {
            id: item.id,
            name: item.name,
            price_won: item.price_won,
            sold_out: item.sold_out,
            options: item.options,
        };
        StoreView {
            id: store.id,
            name: store.name,
            lat: store.position.lat,
            lng: store.position.lng,
            open: store.open,
            paused: store.paused,
            delivery_radius_meters: store.delivery_radius_meters,
            min_total_won: store.min_total_won,
            open_orders_max: store.open_orders_max,
            default_cook_minutes: store.default_cook_minutes,
            auto_accept: store.auto_accept,
            menu: store.menu.into_iter().map(menu_item).collect(),
        }
    }
}

impl From<StoreView> for domain::Store {
    fn from(view: StoreView) -> domain::Store {
        let menu_item = |item: MenuItemView| domain::MenuItem {
            id: item.id,
            name: item.name,
            price_won: item.price_won,
            sold_out: item.sold_out,
            options: item.options,
        };
        domain::Store {
            id: view.id,
            name: view.name,
            position: Point { lat: view.lat, lng: view.lng },
            open: view.open,
            paused: view.paused,
            delivery_radius_meters: view.delivery_radius_meters,
            min_total_won: view.min_total_won,
            open_orders_max: view.open_orders_max,
            default_cook_minutes: view.default_cook_minutes,
            auto_accept: view.auto_accept,
            menu: view.menu.into_iter().map(menu_item).collect(),
        }
    }
}

/// A rider, as they see themselves.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Rider"))]
pub struct RiderView {
    #[cfg_attr(test, ts(as = "String"))]
    pub id: RiderId,
    pub online: bool,
    pub lat: Option<f64>,
    pub lng: Option<f64>,
    pub at: Option<Instant>,
    pub active_jobs: usize,
}

impl RiderView {
    /// The rider behind `record`.
    pub fn of(record: &RiderRecord) -> RiderView {
        RiderView {
            id: record.id.clone(),
            online: record.online,
            lat: record.position.map(|point| point.lat),
            lng: record.position.map(|point| point.lng),
            at: record.at.map(Instant),
            active_jobs: record.jobs.len(),
        }
    }
}

/// What the provider did for an order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Payment"))]
pub struct PaymentView {
    #[cfg_attr(test, ts(as = "String"))]
    pub order_id: OrderId,
    #[cfg_attr(test, ts(as = "PaymentStateName"))]
    pub state: PaymentState,
    pub amount_won: u64,
    pub charges: u64,
    pub refunds: u64,
    pub provider: &'static str,
}

impl PaymentView {
    /// The payment of `order`, with what the provider's ledger says.
    pub fn of(order: &Order, ledger: &LedgerRow, provider: &'static str) -> PaymentView {
        PaymentView {
            order_id: order.id,
            state: order.payment.state,
            amount_won: order.total_won,
            charges: ledger.charges,
            refunds: ledger.refunds,
            provider,
        }
    }
}

/// A line of the customer's own view of orders.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "OrderStatus"))]
pub struct OrderStatusView {
    #[cfg_attr(test, ts(as = "String"))]
    pub order_id: OrderId,
    #[cfg_attr(test, ts(as = "String"))]
    pub store_id: StoreId,
    #[cfg_attr(test, ts(as = "StateName"))]
    pub state: State,
    pub label: &'static str,
    pub version: u64,
    pub updated_at: Instant,
}

impl From<&OrderStatus> for OrderStatusView {
    fn from(status: &OrderStatus) -> OrderStatusView {
        OrderStatusView {
            order_id: status.order_id,
            store_id: status.store_id.clone(),
            state: status.state,
            label: status.state.label(),
            version: status.version,
            updated_at: Instant(status.updated_at),
        }
    }
}

/// Something a customer was told.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Alert"))]
pub struct AlertView {
    pub text: String,
    #[cfg_attr(test, ts(as = "String"))]
    pub order_id: OrderId,
    pub at: Instant,
}

impl From<&Alert> for AlertView {
    fn from(alert: &Alert) -> AlertView {
        AlertView { text: alert.text.clone(), order_id: alert.order_id, at: Instant(alert.at) }
    }
}
