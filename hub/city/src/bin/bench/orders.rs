//! Orders by the thousand, made as the product makes them, without waiting for anybody's thumb.

use anyhow::Context;
use domain::{
    Address, Basket, BasketItem, Command, CommandId, MenuItem, OrderId, PaymentMethod, Point,
    Rules, Store, StoreId, Trace,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use streams::{Placement, Streams};
use uuid::Uuid;

use crate::place::Spot;

/// How many orders are made at once.
const AT_ONCE: usize = 32;
/// No store is ever full.
const OPEN_ORDERS_MAX: u32 = 1_000_000;

/// An order and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) id: OrderId,
    pub(crate) store: usize,
}

/// Stores all over town, called `s-0` and so on.
pub(crate) async fn open_stores(streams: &Streams, count: usize) -> anyhow::Result<Vec<Spot>> {
    let mut dice = SmallRng::seed_from_u64(1);
    let mut spots = Vec::new();
    for index in 0..count {
        let spot = Spot::anywhere(&mut dice);
        let store = Store {
            id: store_id(index)?,
            name: "달빛분식".to_owned(),
            position: point(spot),
            open: true,
            paused: false,
            paused_by: None,
            delivery_radius_meters: 3_000,
            min_total_won: 0,
            open_orders_max: OPEN_ORDERS_MAX,
            default_cook_minutes: 15,
            auto_accept: false,
            menu: vec![MenuItem {
                id: "m-1".to_owned(),
                name: "국물떡볶이".to_owned(),
                price_won: 9_000,
                sold_out: false,
                options: vec![],
            }],
        };
        streams.put_store(&store).await.context("opening a store")?;
        spots.push(spot);
    }
    Ok(spots)
}

/// So many orders that are being cooked, or wait for a rider, numbered from `first`.
pub(crate) async fn make(
    streams: &Streams,
    stores: &[Spot],
    numbers: std::ops::Range<usize>,
    is_cooked: bool,
) -> anyhow::Result<Vec<Made>> {
    let steps = if is_cooked { 4 } else { 3 };
    let make = async |number| one(streams, stores, number, format!("c-{number}"), steps).await;
    stream::iter(numbers).map(make).buffered(AT_ONCE).try_collect().await
}

/// So many orders that are paid for, numbered from `first`.
pub(crate) async fn place_all(
    streams: &Streams,
    stores: &[Spot],
    numbers: std::ops::Range<usize>,
) -> anyhow::Result<Vec<Made>> {
    let make = async |number| one(streams, stores, number, format!("c-{number}"), 1).await;
    stream::iter(numbers).map(make).buffered(AT_ONCE).try_collect().await
}

/// So many orders of the same customer, that are paid for.
pub(crate) async fn place_all_of(
    streams: &Streams,
    stores: &[Spot],
    customer: &str,
    count: usize,
) -> anyhow::Result<Vec<Made>> {
    let make = async |number| one(streams, stores, number, customer.to_owned(), 1).await;
    stream::iter(0..count).map(make).buffered(AT_ONCE).try_collect().await
}

async fn one(
    streams: &Streams,
    stores: &[Spot],
    number: usize,
    customer: String,
    steps_done: usize,
) -> anyhow::Result<Made> {
    let mut dice = SmallRng::seed_from_u64(number as u64);
    let store = number % stores.len();
    let by = store_id(store)?;
    let rules = Rules::default();
    let placement = Placement {
        customer: customer.parse()?,
        key: format!("k-{number}"),
        body_hash: String::new(),
        store: by.clone(),
        basket: Basket {
            items: vec![BasketItem { menu_id: "m-1".to_owned(), quantity: 2, options: vec![] }],
            address: Address {
                text: "망원동 12길 3, 402호".to_owned(),
                position: point(stores[store].nearby(&mut dice)),
            },
            note: String::new(),
            payment: PaymentMethod { method: "card".to_owned(), token: "tok_ok".to_owned() },
        },
    };
    let (order, _) = streams.place(placement, &rules).await.context("placing an order")?;
    let steps = [
        Command::ConfirmPayment { approval: "bench".to_owned() },
        Command::Accept { by: by.clone(), cook_minutes: 15 },
        Command::StartCook { by: by.clone() },
        Command::FinishCook { by },
    ];
    for command in &steps[..steps_done] {
        let trace = Trace::of(CommandId(Uuid::now_v7()));
        streams.execute(order.id, trace, command, &rules).await.context("cooking an order")?;
    }
    Ok(Made { id: order.id, store })
}

pub(crate) fn store_id(index: usize) -> anyhow::Result<StoreId> {
    Ok(format!("s-{index}").parse()?)
}

fn point(spot: Spot) -> Point {
    Point { lat: spot.lat, lng: spot.lng }
}
