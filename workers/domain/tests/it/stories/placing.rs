//! What a customer may ask for.

use domain::{Event, OrderId, Refusal, Rules, Timestamp, place};

use crate::cast::*;

#[test]
fn the_total_is_the_menus_and_not_the_clients() {
    assert_eq!(Story::begin().order.total_won, 18_000);
}

#[test]
fn a_store_that_cannot_cook_is_not_asked() {
    let ask = |change: fn(&mut domain::Store), open_orders| {
        let mut store = store();
        change(&mut store);
        place(&store, open_orders, mina(), 1, basket(), NOON, &Rules::default())
    };
    assert_eq!(ask(|store| store.open = false, 0), Err(Refusal::StoreClosed));
    assert_eq!(ask(|store| store.paused = true, 0), Err(Refusal::StoreClosed));
    assert_eq!(ask(|_| (), 10), Err(Refusal::StoreFull));
    assert!(ask(|_| (), 9).is_ok());
    let far = ask(|store| store.delivery_radius_meters = 500, 0);
    assert!(matches!(far, Err(Refusal::OutOfArea { radius_meters: 500, .. })), "{far:?}");
    let little = ask(|store| store.min_total_won = 18_001, 0);
    assert!(matches!(little, Err(Refusal::Invalid { .. })), "{little:?}");
}

#[test]
fn a_basket_that_makes_no_sense_is_refused_where_it_is_wrong() {
    let ask = |change: fn(&mut domain::Basket)| {
        let mut basket = basket();
        change(&mut basket);
        match place(&store(), 0, mina(), 1, basket, NOON, &Rules::default()) {
            Err(Refusal::Invalid { pointer, .. }) => pointer,
            other => format!("{other:?}"),
        }
    };
    assert_eq!(ask(|basket| basket.items.clear()), "/items");
    assert_eq!(ask(|basket| basket.items[0].menu_id = "m-9".into()), "/items/0/menuId");
    assert_eq!(ask(|basket| basket.items[0].quantity = 0), "/items/0/quantity");
    assert_eq!(ask(|basket| basket.items[0].quantity = 100), "/items/0/quantity");
    assert_eq!(ask(|basket| basket.items[0].options = vec!["순한맛".into()]), "/items/0/options/0");
    assert_eq!(ask(|basket| basket.address.position.lat = 91.0), "/address");
}

#[test]
fn what_is_sold_out_is_not_sold() {
    let mut basket = basket();
    basket.items[0].menu_id = "m-2".into();
    let answer = place(&store(), 0, mina(), 1, basket, NOON, &Rules::default());
    assert_eq!(answer, Err(Refusal::SoldOut("꼬마김밥".into())));
}

#[test]
fn a_log_that_does_not_begin_is_no_order() {
    assert_eq!(domain::fold(OrderId::new(Timestamp(1), 0, 0), &[]), None);
    let events = [Event::CookStarted { undo_until: NOON }];
    let log = events.map(|event| domain::Recorded {
        at: NOON,
        by: domain::Actor::System,
        command: domain::CommandId(uuid::Uuid::nil()),
        cause: None,
        event,
    });
    assert_eq!(domain::fold(OrderId::new(Timestamp(1), 0, 0), &log), None);
}
