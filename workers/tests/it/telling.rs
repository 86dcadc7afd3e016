//! What customers and riders are told: all of it, once, and in order.

use domain::{PaymentState, RejectReason, State};
use futures_util::future::join_all;
use streams::Kind;

use crate::World;
use crate::world::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_hears_of_every_step_once_and_in_order() {
    let mut world = World::new().await;
    world.start_workers().await;
    world.rider.comes_online().await;
    let order = world.mina.orders("tok_ok").await;
    world.until_state(order, State::Placed).await;
    world.kitchen.receives(order).await;
    world.kitchen.accepts(order).await;
    world.kitchen.starts(order).await;
    world.kitchen.takes_longer(order).await;
    world.kitchen.finishes(order).await;
    world.rider.claims(order).await;
    world.rider.picks(order).await;
    world.rider.confirms(order).await;

    let told = [
        "주문했어요. 달빛분식에서 확인하면 알려드릴게요.",
        "달빛분식에서 주문을 접수했어요. 15분쯤 걸려요.",
        "달빛분식에서 조리를 시작했어요.",
        "조리가 10분쯤 늦어져요. 조금만 기다려 주세요.",
        "조리가 끝났어요. 라이더를 찾고 있어요.",
        "라이더가 배정됐어요.",
        "배달을 시작했어요. 3분쯤 걸려요.",
        "배달이 끝났어요. 맛있게 드세요.",
    ];
    eventually("the last alert", async || {
        (world.mina.alerts().await.last()? == told.last()?).then_some(())
    })
    .await;
    assert_eq!(world.mina.alerts().await, told);
    let (statuses, position) = world.streams.statuses(&world.mina.id, 20).await.unwrap();
    assert_eq!(statuses.len(), 1);
    assert_eq!(statuses[0].state, State::Delivered);
    assert_eq!(world.streams.customer_position(&world.mina.id).await.unwrap(), position);

    // The hubs saw the same, in rising versions.
    let feed = world.streams.recent(position.partition, usize::MAX).await.unwrap();
    let news: Vec<_> = feed.iter().filter(|entry| entry.kind == Kind::Customer).collect();
    assert!(news.is_sorted_by(|a, b| a.version < b.version));
    assert_eq!(news.last().unwrap().position, position);
    let texts = news.iter().flat_map(|entry| entry.decode_news().unwrap().alerts);
    assert_eq!(texts.map(|alert| alert.text).collect::<Vec<_>>(), told);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_hears_why_and_gets_the_amount_told() {
    let world = World::new().await;
    let order = world.mina.orders("tok_ok").await;
    world.until_state(order, State::Placed).await;
    world.kitchen.rejects(order, RejectReason::SoldOut).await;
    world.until_payment(order, PaymentState::Refunded).await;
    let told = [
        "주문했어요. 달빛분식에서 확인하면 알려드릴게요.",
        "달빛분식에서 주문을 받지 못했어요. 재료가 떨어졌어요. 18,000원을 돌려드릴게요.",
        "18,000원을 환불했어요.",
    ];
    eventually("all alerts", async || (world.mina.alerts().await == told).then_some(())).await;
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_are_complete_and_newest_first() {
    let mut world = World::new().await;
    world.start_workers().await;
    let orders = join_all((0..30).map(|_| world.mina.orders("tok_ok"))).await;
    for order in &orders {
        world.until_state(*order, State::Placed).await;
    }
    let statuses = eventually("all statuses", async || {
        let (statuses, _) = world.streams.statuses(&world.mina.id, 100).await.unwrap();
        let placed = statuses.iter().filter(|status| status.state == State::Placed).count();
        (placed == orders.len()).then_some(statuses)
    })
    .await;
    let mut newest_first = orders.clone();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let ids: Vec<_> = statuses.iter().map(|status| status.order_id).collect();
    assert_eq!(ids, newest_first);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rider_is_told_of_every_change_of_the_job_and_the_list_follows() {
    let world = World::new().await;
    world.rider.comes_online().await;
    let order = world.mina.orders("tok_ok").await;
    world.until_state(order, State::Placed).await;
    world.kitchen.cooks(order).await;
    world.rider.claims(order).await;
    assert_eq!(world.rider.jobs().await, [order]);
    world.rider.releases(order).await;
    eventually("the job to be gone", async || world.rider.jobs().await.is_empty().then_some(()))
        .await;

    let home = world.streams.home_of_rider(&world.rider.id);
    let told = eventually("news of the release", async || {
        let feed = world.streams.recent(home, usize::MAX).await.unwrap();
        let news = feed.into_iter().filter(|entry| entry.kind == Kind::Rider);
        let told: Vec<_> = news.map(|entry| (entry.version, entry.events, entry.rider)).collect();
        (told.last()?.1 == "JobReleased").then_some(told)
    })
    .await;
    assert!(told.is_sorted_by(|a, b| a.0 < b.0), "{told:?}");
    assert!(told.iter().all(|(_, _, rider)| rider.as_ref() == Some(&world.rider.id)));
    let record = world.streams.rider(&world.rider.id).await.unwrap();
    let position = world.streams.rider_position(&world.rider.id).await.unwrap();
    assert_eq!(record.feed_position, position);
    world.ends().await;
}
