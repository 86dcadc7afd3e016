//! Stores: who cooks, where, and what.

use std::collections::HashSet;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use domain::{PausedBy, Point, Rules, StoreId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Hub;
use crate::deliveries::checked_point;
use crate::error::{ApiError, Code, Fault};
use crate::identity::{Anyone, Identity, Store};
use crate::requests::{Body, Named, Params};
use crate::view::{MenuItemView, StoreView};

/// How far away a store may be to be listed: as far as any delivers.
const LIST_RADIUS_METERS: u32 = *RADIUS_METERS.end();
/// Most stores in one answer.
const STORES_MAX: usize = 50;
/// How far a store may deliver.
pub(crate) const RADIUS_METERS: std::ops::RangeInclusive<u32> = 100..=20_000;
/// How many orders a store may work on at once.
pub(crate) const OPEN_ORDERS: std::ops::RangeInclusive<u32> = 1..=1_000;
/// Longest menu.
pub(crate) const MENU_MAX: usize = 200;
/// Longest name or id, in characters.
pub(crate) const NAME_MAX: usize = 100;
/// Most options of one thing on a menu.
pub(crate) const OPTIONS_MAX: usize = 20;
/// Most that one thing may cost; a total of many still fits in what an app can count.
pub(crate) const PRICE_WON_MAX: u64 = 10_000_000;

/// Where somebody is hungry.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Around {
    #[schemars(range(min = -85.0, max = 85.0))]
    lat: f64,
    #[schemars(range(min = -180.0, max = 180.0))]
    lng: f64,
}

/// Some stores.
#[derive(Serialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Stores {
    pub stores: Vec<StoreView>,
}

/// Stores around a place, nearest first.
pub(crate) async fn near(
    State(hub): State<Hub>,
    _: Anyone,
    Params(Around { lat, lng }): Params<Around>,
) -> Result<Json<Stores>, ApiError> {
    let from = checked_point(Point { lat, lng }, "")?;
    let stores = hub.streams().stores_near(from, LIST_RADIUS_METERS, STORES_MAX).await?;
    Ok(Json(Stores { stores: stores.into_iter().map(StoreView::from).collect() }))
}

/// One store with its menu.
pub(crate) async fn get(
    State(hub): State<Hub>,
    _: Anyone,
    Named(id): Named<StoreId>,
) -> Result<Json<StoreView>, ApiError> {
    let store = hub.streams().store(&id).await?;
    let store = store.ok_or_else(|| ApiError::not_found("store"))?;
    Ok(Json(store.into()))
}

/// Somebody who may describe the store that the path names.
pub(crate) struct Owner {
    id: StoreId,
    as_whom: PausedBy,
}

impl FromRequestParts<Hub> for Owner {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, ApiError> {
        let Anyone(identity) = Anyone::from_request_parts(parts, hub).await?;
        let Named(id) = Named::from_request_parts(parts, hub).await?;
        match &identity {
            Identity::Operator(_) => Ok(Owner { id, as_whom: PausedBy::Operator }),
            Identity::Store { id: own, .. } => {
                own_only(own, &id).map(|()| Owner { id, as_whom: PausedBy::Store })
            }
            other => Err(ApiError::wrong_role(other.role())),
        }
    }
}

fn own_only(own: &StoreId, id: &StoreId) -> Result<(), ApiError> {
    match own == id {
        true => Ok(()),
        false => Err(ApiError::new(Code::NotYours, "this is another store")),
    }
}

/// Creates or replaces a store.
pub(crate) async fn put(
    State(hub): State<Hub>,
    Owner { id, as_whom }: Owner,
    Body(view): Body<StoreView>,
) -> Result<Json<StoreView>, ApiError> {
    let faults = faults(&view, &id);
    if !faults.is_empty() {
        return Err(ApiError::faulty(faults));
    }
    let mut store = domain::Store { paused_by: None, ..view.into() };
    if store.paused {
        // Whoever describes a store that takes a break need not be the one who wanted it.
        let before = hub.streams().store(&id).await?.filter(|it| it.paused);
        store.paused_by = before.map_or(Some(as_whom), |it| it.paused_by);
    }
    hub.streams().put_store(&store).await?;
    Ok(Json(store.into()))
}

/// The store asks for a break.
pub(crate) async fn pause(
    State(hub): State<Hub>,
    Store(own): Store,
    Named(id): Named<StoreId>,
) -> Result<Json<StoreView>, ApiError> {
    set_paused(&hub, &own, &id, Some(PausedBy::Store)).await
}

/// The store takes orders again.
pub(crate) async fn resume(
    State(hub): State<Hub>,
    Store(own): Store,
    Named(id): Named<StoreId>,
) -> Result<Json<StoreView>, ApiError> {
    set_paused(&hub, &own, &id, None).await
}

async fn set_paused(
    hub: &Hub,
    own: &StoreId,
    id: &StoreId,
    by: Option<PausedBy>,
) -> Result<Json<StoreView>, ApiError> {
    own_only(own, id)?;
    let store = hub.streams().set_paused(id, by).await?;
    let store = store.ok_or_else(|| ApiError::not_found("store"))?;
    Ok(Json(store.into()))
}

/// Everything that is wrong with a store as it was sent.
fn faults(store: &StoreView, id: &StoreId) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut demand = |is_met: bool, pointer: &str, detail: String| {
        if !is_met {
            faults.push(Fault { pointer: pointer.to_owned(), detail: detail.into() });
        }
    };
    let minutes = Rules::COOK_MINUTES_MIN..=Rules::COOK_MINUTES_MAX;
    let between = |least: u32, most: u32| format!("{least} to {most}");

    demand(store.id == *id, "/id", "the path names another store".to_owned());
    demand(is_name(&store.name), "/name", format!("1 to {NAME_MAX} characters"));
    let position = Point { lat: store.lat, lng: store.lng };
    demand(position.is_valid(), "/lat", "no such place".to_owned());
    demand(
        RADIUS_METERS.contains(&store.delivery_radius_meters),
        "/deliveryRadiusMeters",
        between(*RADIUS_METERS.start(), *RADIUS_METERS.end()),
    );
    demand(
        OPEN_ORDERS.contains(&store.open_orders_max),
        "/openOrdersMax",
        between(*OPEN_ORDERS.start(), *OPEN_ORDERS.end()),
    );
    demand(
        minutes.contains(&store.default_cook_minutes),
        "/defaultCookMinutes",
        between(*minutes.start(), *minutes.end()),
    );
    demand(
        store.min_total_won <= PRICE_WON_MAX,
        "/minTotalWon",
        format!("at most {PRICE_WON_MAX}"),
    );
    demand(store.menu.len() <= MENU_MAX, "/menu", format!("at most {MENU_MAX} things"));

    let mut ids = HashSet::new();
    for (index, item) in store.menu.iter().enumerate() {
        let is_new = ids.insert(item.id.as_str());
        faults.extend(menu_faults(item, index, is_new));
    }
    faults
}

fn menu_faults(item: &MenuItemView, index: usize, is_new: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut demand = |is_met: bool, field: &str, detail: String| {
        if !is_met {
            let pointer = format!("/menu/{index}/{field}");
            faults.push(Fault { pointer, detail: detail.into() });
        }
    };
    demand(is_name(&item.id), "id", format!("1 to {NAME_MAX} characters"));
    demand(is_new, "id", "another thing on the menu has this id".to_owned());
    demand(is_name(&item.name), "name", format!("1 to {NAME_MAX} characters"));
    demand(item.price_won <= PRICE_WON_MAX, "priceWon", format!("at most {PRICE_WON_MAX}"));
    demand(item.options.len() <= OPTIONS_MAX, "options", format!("at most {OPTIONS_MAX}"));
    let are_named = item.options.iter().all(|option| is_name(option));
    demand(are_named, "options", format!("each 1 to {NAME_MAX} characters"));
    faults
}

fn is_name(text: &str) -> bool {
    (1..=NAME_MAX).contains(&text.trim().chars().count()) && text.chars().count() <= NAME_MAX
}
