//! A store as its owner describes it.

use serde::{Deserialize, Serialize};

use crate::{Point, StoreId};

/// A store, its menu and how it wants to work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Store {
    /// Its id.
    pub id: StoreId,
    /// What people call it.
    pub name: String,
    /// Where it is.
    #[serde(flatten)]
    pub position: Point,
    /// Whether it takes orders at all today.
    pub open: bool,
    /// Whether it takes a break.
    pub paused: bool,
    /// Who wanted the break, while there is one and it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_by: Option<PausedBy>,
    /// How far it delivers.
    pub delivery_radius_meters: u32,
    /// Least total of an order.
    pub min_total_won: u64,
    /// Most orders it works on at once.
    pub open_orders_max: u32,
    /// Cooking time promised when nobody says otherwise.
    pub default_cook_minutes: u32,
    /// Whether orders are accepted without a tap.
    pub auto_accept: bool,
    /// What it sells.
    pub menu: Vec<MenuItem>,
}

/// Who sent a store into its break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PausedBy {
    /// The store itself.
    Store,
    /// Somebody who helps.
    Operator,
    /// Nobody: it left too many orders in a row unanswered.
    Silence,
}

/// Something to eat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MenuItem {
    /// Its id, unique within the menu.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Price of one.
    pub price_won: u64,
    /// Whether there is none left.
    pub sold_out: bool,
    /// Ways to have it.
    pub options: Vec<String>,
}
