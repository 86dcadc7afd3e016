//! Placing an order, and waiting a little for its payment.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use domain::{
    Actor, Address, Basket, BasketItem, Order, PaymentMethod, Point, State as OrderState, StoreId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use streams::Placement;
use tokio::time::{Instant, timeout_at};

use crate::Hub;
use crate::commands::{note, shown};
use crate::error::{ApiError, Code, Fault};
use crate::identity::Customer;
use crate::requests::{Body, RequiredKey};
use crate::view::names::IdText;
use crate::view::{AddressView, Audience, OrderView};

/// Longest note, in characters.
const NOTE_MAX: usize = 500;
/// Longest address, in characters.
const ADDRESS_MAX: usize = 200;
/// Longest name of a kind of payment, in characters.
const METHOD_MAX: usize = 32;
/// Longest proof of a payment, in characters.
const TOKEN_MAX: usize = 512;
/// Longest id or option of something on a menu, in characters.
const CHOICE_MAX: usize = 100;
/// Most different items in one order, and most of one: what the domain takes.
const ITEMS_MAX: usize = 50;
const QUANTITY_MAX: u32 = 99;
/// Most options of one item.
const OPTIONS_MAX: usize = 20;

/// What a customer asks for.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PlaceOrder {
    #[schemars(with = "IdText")]
    #[cfg_attr(test, ts(as = "String"))]
    pub store_id: StoreId,
    #[schemars(length(min = 1, max = ITEMS_MAX))]
    pub items: Vec<PlaceItem>,
    pub address: AddressView,
    #[serde(default)]
    #[schemars(length(max = NOTE_MAX))]
    pub note: String,
    pub payment: PlacePayment,
}

/// A line of it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PlaceItem {
    #[schemars(length(min = 1, max = CHOICE_MAX))]
    pub menu_id: String,
    #[schemars(range(min = 1, max = QUANTITY_MAX))]
    pub quantity: u32,
    #[serde(default)]
    #[schemars(length(max = OPTIONS_MAX), inner(length(min = 1, max = CHOICE_MAX)))]
    pub options: Vec<String>,
}

/// How it is paid.
#[derive(Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PlacePayment {
    #[schemars(length(min = 1, max = METHOD_MAX))]
    pub method: String,
    #[schemars(length(min = 1, max = TOKEN_MAX))]
    pub token: String,
}

/// Takes an order. Sent again under the same key, it answers for the same order.
pub(crate) async fn place(
    State(hub): State<Hub>,
    Customer(customer): Customer,
    RequiredKey(key): RequiredKey,
    Body(asked): Body<PlaceOrder>,
) -> Result<Response, ApiError> {
    asked.check()?;
    let placement = Placement {
        customer,
        key,
        body_hash: asked.hash()?,
        store: asked.store_id.clone(),
        basket: asked.basket(),
    };
    let deadline = Instant::now() + hub.config().durations.payment_answer;
    let (order, is_new) = hub.streams().place(placement, &hub.rules()).await?;
    if is_new {
        note(order.id, order.last_command);
    }
    answer(&paid(&hub, order, deadline).await)
}

/// Waits until it is known whether an order is paid, or until `deadline`. What is heard of it counts
/// once it lasts: until then it is as it was placed.
async fn paid(hub: &Hub, placed: Order, deadline: Instant) -> Order {
    let mut order = placed.clone();
    if order.state != OrderState::PaymentPending {
        return order;
    }
    let mut watch = hub.sockets().topics().watch_order(order.id);
    // Whatever happened before the watch began. The order is placed: a failure to read it is no
    // reason to tell the customer anything else.
    if let Ok(Some(loaded)) = hub.streams().load(order.id).await {
        order = loaded.order;
    }
    while order.state == OrderState::PaymentPending {
        tokio::select! {
            entry = timeout_at(deadline, watch.changed()) => match entry {
                Ok(entry) if entry.version > order.version => {
                    order = entry.decode_order().unwrap_or(order);
                }
                Ok(_) => (),
                Err(_) => break,
            },
            () = hub.stopping().cancelled() => break,
        }
    }
    if order.version == placed.version {
        return placed;
    }
    match hub.streams().confirm_order(&order).await {
        Ok(true) => order,
        Ok(false) | Err(_) => placed,
    }
}

fn answer(order: &Order) -> Result<Response, ApiError> {
    let status = match order.state {
        OrderState::PaymentPending => StatusCode::ACCEPTED,
        OrderState::PaymentFailed => {
            let reason = order.payment.declined.clone();
            let detail = reason.unwrap_or_else(|| "the payment was declined".to_owned());
            let view = shown(order, &Actor::Customer(order.customer.clone()));
            return Err(ApiError::new(Code::PaymentDeclined, detail).with_order(view));
        }
        _ => StatusCode::CREATED,
    };
    let location = format!("/orders/{}", order.id);
    let view = Json(OrderView::of(order, Audience::Customer));
    Ok((status, [(LOCATION, location)], view).into_response())
}

impl PlaceOrder {
    /// What the store has to say about it is for the domain; here only sizes are looked at.
    fn check(&self) -> Result<(), ApiError> {
        let mut faults = Vec::new();
        let mut limit = |pointer: String, text: &str, least: usize, most: usize| {
            let length = text.chars().count();
            if !(least..=most).contains(&length) || text.contains('\0') {
                let detail = format!("{least} to {most} characters").into();
                faults.push(Fault { pointer, detail });
            }
        };
        limit("/note".to_owned(), &self.note, 0, NOTE_MAX);
        limit("/address/text".to_owned(), self.address.text.trim(), 1, ADDRESS_MAX);
        limit("/payment/method".to_owned(), &self.payment.method, 1, METHOD_MAX);
        limit("/payment/token".to_owned(), &self.payment.token, 1, TOKEN_MAX);
        for (index, item) in self.items.iter().enumerate() {
            limit(format!("/items/{index}/menuId"), &item.menu_id, 1, CHOICE_MAX);
            for (choice, option) in item.options.iter().enumerate() {
                limit(format!("/items/{index}/options/{choice}"), option, 1, CHOICE_MAX);
            }
        }
        for (index, item) in self.items.iter().enumerate() {
            if item.options.len() > OPTIONS_MAX {
                let pointer = format!("/items/{index}/options");
                faults.push(Fault { pointer, detail: format!("at most {OPTIONS_MAX}").into() });
            }
        }
        match faults.is_empty() {
            true => Ok(()),
            false => Err(ApiError::faulty(faults)),
        }
    }

    /// The same for the same wish, however its JSON was spelt.
    fn hash(&self) -> Result<String, ApiError> {
        let canonical =
            serde_json::to_vec(self).map_err(|error| ApiError::invalid("", error.to_string()))?;
        Ok(Sha256::digest(&canonical).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn basket(self) -> Basket {
        let AddressView { text, lat, lng } = self.address;
        let item = |item: PlaceItem| BasketItem {
            menu_id: item.menu_id,
            quantity: item.quantity,
            options: item.options,
        };
        Basket {
            items: self.items.into_iter().map(item).collect(),
            address: Address { text: text.trim().to_owned(), position: Point { lat, lng } },
            note: self.note,
            payment: PaymentMethod { method: self.payment.method, token: self.payment.token },
        }
    }
}
