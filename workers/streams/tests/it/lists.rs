//! Lists, page by page.

use domain::{OrderId, State};
use streams::Page;

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
            let Some(next) = page.next else { break };
            after = Some(next);
        }
        let mut after = None;
        loop {
            let page = world.streams.orders_of_everybody(None, after, limit).await.unwrap();
            everybodys.extend(ids(&page));
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
