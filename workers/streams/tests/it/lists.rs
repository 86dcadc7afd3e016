//! Lists, page by page.

use domain::{Command, OrderId, State, Timestamp};
use streams::{CustomerNews, OrderStatus, Page};

use crate::world::*;

fn ids(page: &Page) -> Vec<OrderId> {
    page.orders.iter().map(|it| it.id).collect()
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat() {
    let world = World::new().await;
    let mut placed = Vec::new();
    for n in 0..7 {
        // In several partitions, so that everybody's list has something to merge.
        let shop = id(&format!("s-{}", n % 3));
        world.streams.put_store(&store(shop)).await.unwrap();
        let mut placement = placement(&format!("k{n}"));
        placement.store = id(&format!("s-{}", n % 3));
        placed.push(world.place(placement).await.unwrap().0.id);
    }
    placed.sort_unstable_by(|a, b| b.cmp(a));
    for limit in [1, 2, 3, 7, 8] {
        let (mut mine, mut everybodys) = (Vec::new(), Vec::new());
        let mut after = None;
        loop {
            let page = world.streams.orders_of_customer(&mina(), None, after, limit).await.unwrap();
            assert!(page.orders.len() <= limit);
            mine.extend(ids(&page));
            assert!(mine.len() <= placed.len(), "pages without an end, by {limit}");
            let Some(next) = page.next else { break };
            after = Some(next);
        }
        let mut after = None;
        loop {
            let page = world.streams.orders_of_everybody(None, after, limit).await.unwrap();
            everybodys.extend(ids(&page));
            assert!(everybodys.len() <= placed.len(), "pages without an end, by {limit}");
            let Some(next) = page.next else { break };
            after = Some(next);
        }
        assert_eq!(mine, placed, "by {limit}");
        assert_eq!(everybodys, placed, "by {limit}");
    }
    let nobody = id("c-nobody");
    let page = world.streams.orders_of_customer(&nobody, None, None, 10).await.unwrap();
    assert_eq!(page, Page { orders: vec![], next: None });
}

#[tokio::test]
async fn a_list_can_be_of_one_state() {
    let world = World::new().await;
    let first = world.mina_orders("1").await.id;
    let second = world.mina_orders("2").await.id;
    world.happen(first, [approve()]).await;
    let placed = Some(State::Placed);
    let page = world.streams.orders_of_store(&kitchen(), placed, None, 10).await.unwrap();
    assert_eq!((ids(&page), page.next), (vec![first], None));
    let pending = Some(State::PaymentPending);
    let page = world.streams.orders_of_everybody(pending, None, 10).await.unwrap();
    assert_eq!(ids(&page), [second]);
}

#[tokio::test]
async fn an_open_order_is_found_however_many_have_ended_since() {
    let world = World::new().await;
    let first = world.mina_orders("first").await.id;
    let mut last = first;
    for n in 0..60 {
        last = world.mina_orders(&format!("{n}")).await.id;
        if n < 59 {
            world.happen(last, [Command::Cancel { by: mina() }]).await;
        }
    }
    let open = world.streams.open_orders_of_customer(&mina()).await.unwrap();
    let ids: Vec<OrderId> = open.iter().map(|it| it.id).collect();
    assert_eq!(ids, [last, first]);

    // Once its end is recorded it is not even looked at; one that goes on stays.
    world.happen(first, [Command::Cancel { by: mina() }]).await;
    for (order, state) in [(first, State::Canceled), (last, State::PaymentPending)] {
        let status = OrderStatus {
            order_id: order,
            store_id: kitchen(),
            state,
            version: 2,
            updated_at: Timestamp(1),
        };
        let news = CustomerNews { status, alerts: vec![] };
        assert!(world.streams.record_status(&mina(), 0, &news).await.unwrap());
    }
    let open = world.streams.open_orders_of_customer(&mina()).await.unwrap();
    assert_eq!(open.iter().map(|it| it.id).collect::<Vec<_>>(), [last]);
    let nobody = world.streams.open_orders_of_customer(&id("c-nobody")).await.unwrap();
    assert_eq!(nobody, []);
}
