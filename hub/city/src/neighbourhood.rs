//! Who lives here: stores with their menus, customers with their homes, riders.

mod menus;

use std::f64::consts::TAU;

use rand::RngExt;
use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};

use crate::streets::{Dice, Point, Position, StreetKind, Streets, dice};

/// How many stores there are.
pub const STORES: usize = menus::KITCHENS.len();
/// How many customers live here.
pub const CUSTOMERS: usize = 30;
/// How many riders work here.
pub const RIDERS: usize = 18;

const STORES_APART_METERS: f64 = 170.0;
const DELIVERY_RADIUS_METERS: u32 = 3_000;
/// How far by road the stage's customer lives from the stage's store.
const STAGE_METERS: std::ops::Range<f64> = 250.0..450.0;

/// A store as `PUT /stores/{storeId}` takes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the hub's contract")]
pub struct Store {
    pub id: String,
    pub name: String,
    #[serde(flatten)]
    pub at: Position,
    pub open: bool,
    pub paused: bool,
    pub delivery_radius_meters: u32,
    pub min_total_won: u32,
    pub open_orders_max: u32,
    pub default_cook_minutes: u32,
    pub auto_accept: bool,
    pub menu: Vec<Dish>,
}

/// A line of a store's menu.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the hub's contract")]
pub struct Dish {
    pub id: String,
    pub name: String,
    pub price_won: u32,
    pub sold_out: bool,
    pub options: Vec<String>,
}

/// Where food is brought to, as `POST /orders` takes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Address {
    /// What is written on the door.
    pub text: String,
    /// Where that is.
    #[serde(flatten)]
    pub at: Position,
}

/// Somebody who orders dinner.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Their user id.
    pub id: String,
    /// Where they live.
    pub home: Address,
}

/// Somebody who brings it.
#[derive(Debug, Clone)]
pub struct Rider {
    /// Their user id.
    pub id: String,
    /// Where they begin the evening and come back to when there is nothing to do.
    pub base: Position,
}

/// Everybody. The first of each are the cast of the stage: they live close to each other.
#[derive(Debug)]
pub struct Neighbourhood {
    /// `s-1`, `s-2`, …
    pub stores: Vec<Store>,
    /// `c-1`, `c-2`, …
    pub customers: Vec<Customer>,
    /// `r-1`, `r-2`, …
    pub riders: Vec<Rider>,
}

impl Neighbourhood {
    /// The people of this seed.
    pub fn new(streets: &Streets, seed: u64) -> Self {
        let stores = stores(streets, &mut dice(seed, 2));
        let customers = customers(streets, stores[0].at, &mut dice(seed, 3));
        let riders = riders(streets, stores[0].at, &mut dice(seed, 4));
        Self { stores, customers, riders }
    }

    /// The stores, nearest first.
    pub fn stores_near(&self, at: Position) -> Vec<&Store> {
        let mut stores: Vec<_> = self.stores.iter().collect();
        stores.sort_by(|a, b| a.at.meters_to(at).total_cmp(&b.at.meters_to(at)));
        stores
    }
}

/// Three stores in each quarter, on the arterials; the first of all in the middle.
fn stores(streets: &Streets, dice: &mut Dice) -> Vec<Store> {
    let middle = Position::from(Point::default());
    let mut stores: Vec<Store> = Vec::with_capacity(STORES);
    for (index, kitchen) in menus::KITCHENS.iter().enumerate() {
        let fits = |at: Position| {
            let apart = stores.iter().all(|one| one.at.meters_to(at) > STORES_APART_METERS);
            let quarter = streets.quarter_at(at);
            let neighbours = stores.iter().filter(|one| streets.quarter_at(one.at) == quarter);
            let central = index > 0 || at.meters_to(middle) < 350.0;
            apart && central && neighbours.count() < STORES.div_ceil(4)
        };
        let (at, _) = find(|| doorstep(streets, StreetKind::Arterial, dice), |(at, _)| fits(*at));
        stores.push(kitchen.opened_at(index + 1, at));
    }
    stores
}

fn customers(streets: &Streets, stage: Position, dice: &mut Dice) -> Vec<Customer> {
    (1..=CUSTOMERS)
        .map(|number| {
            let lives_right =
                |at| number > 1 || STAGE_METERS.contains(&streets.route(stage, at).meters());
            let (at, line) =
                find(|| doorstep(streets, StreetKind::Street, dice), |(at, _)| lives_right(*at));
            let (house, floor, door) =
                (dice.random_range(1..40), dice.random_range(1..9), dice.random_range(1..6));
            let quarter = streets.quarter_at(at);
            let text = format!("{quarter} {line}길 {house}, {floor}0{door}호");
            Customer { id: format!("c-{number}"), home: Address { text, at } }
        })
        .collect()
}

fn riders(streets: &Streets, stage: Position, dice: &mut Dice) -> Vec<Rider> {
    let crossings: Vec<_> = streets.crossings().collect();
    let beside_stage: Vec<_> =
        crossings.iter().filter(|at| at.meters_to(stage) < 250.0).copied().collect();
    (1..=RIDERS)
        .map(|number| {
            let places = if number == 1 { &beside_stage } else { &crossings };
            let base = *places.choose(dice).expect("there is a crossing beside every store");
            Rider { id: format!("r-{number}"), base }
        })
        .collect()
}

/// A door some meters off a street, with the street's number.
fn doorstep(streets: &Streets, kind: StreetKind, dice: &mut Dice) -> (Position, usize) {
    let streets_of_kind: Vec<_> = streets.streets().iter().filter(|one| one.kind == kind).collect();
    let street = streets_of_kind.choose(dice).expect("there are streets of both kinds");
    let (from, to) = streets.ends(street);
    let side = if dice.random_bool(0.5) { 15.0 } else { -15.0 };
    let door = from.toward(to, dice.random_range(0.25..0.75)).beside(from, to, side);
    (door.into(), street.line)
}

/// Throws until what comes up fits. The conditions above fit one place in a few dozen.
fn find<T>(mut throw: impl FnMut() -> T, fits: impl Fn(&T) -> bool) -> T {
    const THROWS_MAX: usize = 100_000;
    (0..THROWS_MAX)
        .map(|_| throw())
        .find(|thrown| fits(thrown))
        .expect("one place in a few dozen fits")
}

/// A place within `meters` of `at`, to ride to when there is nothing to do.
pub(crate) fn somewhere_near(at: Position, meters: f64, dice: &mut impl RngExt) -> Position {
    let (direction, away) = (dice.random_range(0.0..TAU), dice.random_range(0.0..meters));
    let point = Point::from(at);
    Point { east: point.east + away * direction.cos(), north: point.north + away * direction.sin() }
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neighbourhood() -> (Streets, Neighbourhood) {
        let streets = Streets::new(20_261_122);
        let people = Neighbourhood::new(&streets, 20_261_122);
        (streets, people)
    }

    #[test]
    fn a_store_is_written_as_the_contract_says() {
        let (_, people) = neighbourhood();
        let store = serde_json::to_value(&people.stores[0]).unwrap();
        let mut fields: Vec<_> = store.as_object().unwrap().keys().cloned().collect();
        fields.sort();
        assert_eq!(
            fields,
            [
                "autoAccept",
                "defaultCookMinutes",
                "deliveryRadiusMeters",
                "id",
                "lat",
                "lng",
                "menu",
                "minTotalWon",
                "name",
                "open",
                "openOrdersMax",
                "paused"
            ]
        );
        let mut fields: Vec<_> = store["menu"][0].as_object().unwrap().keys().cloned().collect();
        fields.sort();
        assert_eq!(fields, ["id", "name", "options", "priceWon", "soldOut"]);
        assert_eq!((store["id"].as_str(), store["name"].as_str()), (Some("s-1"), Some("달빛분식")));
    }

    #[test]
    fn every_customer_is_within_reach_of_most_stores() {
        for seed in [20_261_122, 1, 2, 3, 4] {
            let streets = Streets::new(seed);
            let people = Neighbourhood::new(&streets, seed);
            for customer in &people.customers {
                let reach = |store: &&Store| {
                    store.at.meters_to(customer.home.at) < f64::from(store.delivery_radius_meters)
                };
                assert!(people.stores.iter().filter(reach).count() > STORES / 2, "seed {seed}");
            }
        }
    }

    #[test]
    fn the_cast_of_the_stage_lives_close_together() {
        let (streets, people) = neighbourhood();
        let store = people.stores[0].at;
        assert!(streets.route(store, people.customers[0].home.at).meters() < STAGE_METERS.end);
        assert!(people.riders[0].base.meters_to(store) < 250.0);
    }

    #[test]
    fn everybody_is_there_once() {
        let (_, people) = neighbourhood();
        assert_eq!(
            (people.stores.len(), people.customers.len(), people.riders.len()),
            (12, CUSTOMERS, RIDERS)
        );
        let ids: std::collections::HashSet<_> = people.stores.iter().map(|one| &one.id).collect();
        assert_eq!(ids.len(), 12);
        for store in &people.stores {
            assert!(store.menu.len() >= 4 && store.menu.iter().all(|dish| dish.price_won > 0));
        }
    }
}
