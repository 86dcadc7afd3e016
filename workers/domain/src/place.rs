//! Placing an order: what a customer asks for, against what a store offers.

use std::time::Duration;

use crate::{
    Address, CustomerId, Event, Item, PaymentMethod, Refusal, Request, Rules, Shop, Store,
    Timestamp,
};

/// Most different items in one order.
const ITEMS_MAX: usize = 50;
/// Most of one item.
const QUANTITY_MAX: u32 = 99;
/// What a rider earns at least.
const FEE_BASE_WON: u64 = 3_000;
/// What a rider earns for every started 100 m beyond the first kilometer.
const FEE_STEP_WON: u64 = 100;
/// Minutes until a rider has found the store and the food, as a rule.
const PICKUP_MINUTES: u32 = 4;
/// How far a rider gets in a minute, as the crow flies: some 15 km/h.
const RIDE_METERS_A_MINUTE: u32 = 250;

/// What a customer asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Basket {
    /// What.
    pub items: Vec<BasketItem>,
    /// Where to.
    pub address: Address,
    /// What the customer wants the others to know.
    pub note: String,
    /// How it is paid.
    pub payment: PaymentMethod,
}

/// One line of a basket.
#[derive(Clone, Debug, PartialEq)]
pub struct BasketItem {
    /// Which thing on the menu.
    pub menu_id: String,
    /// How many.
    pub quantity: u32,
    /// The chosen options.
    pub options: Vec<String>,
}

/// Says what happens when `customer` places `basket` at `store`, which has `open_orders` already.
///
/// # Errors
/// Whatever stands in the way: the store, the distance, the menu, or the basket itself.
pub fn place(
    store: &Store,
    open_orders: u32,
    customer: CustomerId,
    number: u64,
    basket: Basket,
    now: Timestamp,
    rules: &Rules,
) -> Result<Vec<Event>, Refusal> {
    if !store.open || store.paused {
        return Err(Refusal::StoreClosed);
    }
    if open_orders >= store.open_orders_max {
        return Err(Refusal::StoreFull);
    }
    if !basket.address.position.is_valid() {
        return Err(Refusal::invalid("/address", "no such place"));
    }
    let meters = store.position.distance_meters(basket.address.position).round() as u32;
    if meters > store.delivery_radius_meters {
        let radius_meters = store.delivery_radius_meters;
        return Err(Refusal::OutOfArea { meters, radius_meters });
    }
    let items = price(store, &basket.items)?;
    let total_won = items.iter().map(|item| item.price_won * u64::from(item.quantity)).sum();
    if total_won < store.min_total_won {
        let detail = format!("the store delivers from {} won", store.min_total_won);
        return Err(Refusal::invalid("/items", detail));
    }
    let minutes = |minutes: u32| rules.minute * minutes;
    Ok(vec![Event::OrderRequested(Box::new(Request {
        number,
        customer,
        shop: Shop { id: store.id.clone(), name: store.name.clone(), position: store.position },
        items,
        total_won,
        address: basket.address,
        note: basket.note,
        payment: basket.payment,
        check_at: now + rules.payment_reconcile,
        fee_won: fee_won(meters),
        meters,
        pickup_millis: minutes(PICKUP_MINUTES).as_millis() as u64,
        ride_millis: ride(meters, rules).as_millis() as u64,
    }))])
}

/// Looks every line up on the menu; the price is the menu's, whatever the client believes.
fn price(store: &Store, lines: &[BasketItem]) -> Result<Vec<Item>, Refusal> {
    if lines.is_empty() || lines.len() > ITEMS_MAX {
        return Err(Refusal::invalid("/items", format!("an order has 1 to {ITEMS_MAX} items")));
    }
    let mut items = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let Some(on_menu) = store.menu.iter().find(|item| item.id == line.menu_id) else {
            let pointer = format!("/items/{index}/menuId");
            return Err(Refusal::invalid(pointer, "this is not on the menu"));
        };
        if on_menu.sold_out {
            return Err(Refusal::SoldOut(on_menu.name.clone()));
        }
        if !(1..=QUANTITY_MAX).contains(&line.quantity) {
            let pointer = format!("/items/{index}/quantity");
            return Err(Refusal::invalid(pointer, format!("1 to {QUANTITY_MAX}")));
        }
        if let Some(choice) = line.options.iter().position(|it| !on_menu.options.contains(it)) {
            let pointer = format!("/items/{index}/options/{choice}");
            return Err(Refusal::invalid(pointer, "this option is not on the menu"));
        }
        items.push(Item {
            menu_id: on_menu.id.clone(),
            name: on_menu.name.clone(),
            options: line.options.clone(),
            quantity: line.quantity,
            price_won: on_menu.price_won,
        });
    }
    Ok(items)
}

/// What a rider earns for a ride of `meters`.
fn fee_won(meters: u32) -> u64 {
    FEE_BASE_WON + FEE_STEP_WON * u64::from(meters.saturating_sub(1_000).div_ceil(100))
}

/// How long a ride of `meters` takes.
fn ride(meters: u32, rules: &Rules) -> Duration {
    rules.minute * meters.div_ceil(RIDE_METERS_A_MINUTE).max(1)
}
