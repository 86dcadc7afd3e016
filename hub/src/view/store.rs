//! A store, as its owner gives it and as everybody sees it.

use domain::{Point, StoreId};
use serde::{Deserialize, Serialize};

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
