//! A store, as its owner gives it and as everybody sees it.

use domain::{PausedBy, Point, Rules, StoreId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::names::{IdText, PausedByName};
use crate::stores::{MENU_MAX, NAME_MAX, OPEN_ORDERS, OPTIONS_MAX, PRICE_WON_MAX, RADIUS_METERS};

/// A store, as its owner gives it and as everybody sees it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Store")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Store"))]
pub struct StoreView {
    #[schemars(with = "IdText")]
    #[cfg_attr(test, ts(as = "String"))]
    pub id: StoreId,
    #[schemars(length(min = 1, max = NAME_MAX))]
    pub name: String,
    #[schemars(range(min = -85.0, max = 85.0))]
    pub lat: f64,
    #[schemars(range(min = -180.0, max = 180.0))]
    pub lng: f64,
    #[serde(default = "yes")]
    pub open: bool,
    #[serde(default)]
    pub paused: bool,
    /// Who wanted the break. The hub knows it from who asked, whatever is sent here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<PausedByName>")]
    #[cfg_attr(test, ts(as = "Option<PausedByName>", optional))]
    pub paused_by: Option<PausedBy>,
    #[schemars(range(min = *RADIUS_METERS.start(), max = *RADIUS_METERS.end()))]
    pub delivery_radius_meters: u32,
    #[serde(default)]
    #[schemars(range(max = PRICE_WON_MAX))]
    pub min_total_won: u64,
    #[schemars(range(min = *OPEN_ORDERS.start(), max = *OPEN_ORDERS.end()))]
    pub open_orders_max: u32,
    #[schemars(range(min = Rules::COOK_MINUTES_MIN, max = Rules::COOK_MINUTES_MAX))]
    pub default_cook_minutes: u32,
    #[serde(default)]
    pub auto_accept: bool,
    #[schemars(length(max = MENU_MAX))]
    pub menu: Vec<MenuItemView>,
}

/// Something to eat.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "MenuItem")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "MenuItem"))]
pub struct MenuItemView {
    #[schemars(length(min = 1, max = NAME_MAX))]
    pub id: String,
    #[schemars(length(min = 1, max = NAME_MAX))]
    pub name: String,
    #[schemars(range(max = PRICE_WON_MAX))]
    pub price_won: u64,
    #[serde(default)]
    pub sold_out: bool,
    #[serde(default)]
    #[schemars(length(max = OPTIONS_MAX), inner(length(min = 1, max = NAME_MAX)))]
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
            paused_by: store.paused_by,
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
            paused_by: view.paused_by,
            delivery_radius_meters: view.delivery_radius_meters,
            min_total_won: view.min_total_won,
            open_orders_max: view.open_orders_max,
            default_cook_minutes: view.default_cook_minutes,
            auto_accept: view.auto_accept,
            menu: view.menu.into_iter().map(menu_item).collect(),
        }
    }
}
