//! What is kept beside orders: the ledger, riders' places.

use std::time::Duration;

use domain::{CustomerId, OrderId, Point, State, Timestamp};
use streams::{
    Alert, Claim, CustomerNews, Durations, Fix, LedgerRow, LocationOutcome, LocationReport,
    OrderStatus,
};

use crate::World;
use crate::world::{STORE_AT, durations, eventually};

fn some_order(dice: u64) -> OrderId {
    OrderId::new(Timestamp(1_760_000_000_000), 1, dice)
}

#[tokio::test(flavor = "multi_thread")]
async fn money_moves_once_however_often_it_is_asked_to() {
    let world = World::without_workers(durations()).await;
    let ledger = &world.streams;
    let order = some_order(1);
    let first = ledger.ledger_charge(order, true).await.unwrap();
    assert!(first.approved);
    // Even if the provider would say no by now.
    assert_eq!(ledger.ledger_charge(order, false).await.unwrap(), first);
    assert_eq!(ledger.ledger_void(order).await.unwrap(), Some(first));
    assert_eq!(ledger.ledger_refund(order, 1).await.unwrap(), None);
    let refund = ledger.ledger_refund(order, 1).await.unwrap();
    assert!(refund.is_some());
    assert_eq!(ledger.ledger_refund(order, u64::MAX).await.unwrap(), refund);
    let row = LedgerRow { charges: 1, refunds: 1, refund_tries: 2 };
    assert_eq!(world.ledger(order).await, row);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_was_ruled_out_never_succeeds() {
    let world = World::without_workers(durations()).await;
    let order = some_order(2);
    assert_eq!(world.streams.ledger_find(order).await.unwrap(), None);
    assert_eq!(world.streams.ledger_void(order).await.unwrap(), None);
    assert_eq!(world.streams.ledger_void(order).await.unwrap(), None);
    assert!(!world.streams.ledger_charge(order, true).await.unwrap().approved);
    assert!(world.streams.ledger_refund(order, 0).await.is_err());
    assert_eq!(world.ledger(order).await, LedgerRow::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rider_who_is_offline_or_silent_gets_no_place() {
    let rider_stale = Duration::from_millis(300);
    let world = World::without_workers(Durations { rider_stale, ..durations() }).await;
    let order = some_order(3);
    assert_eq!(world.rider.reserves(order).await, Claim::Offline);
    world.streams.set_online(&world.rider.id, true).await.unwrap();
    assert_eq!(world.rider.reserves(order).await, Claim::PositionStale);
    world.rider.comes_online().await;
    assert!(matches!(world.rider.reserves(order).await, Claim::Reserved { .. }));
    eventually("silence", async || {
        (world.rider.reserves(order).await == Claim::PositionStale).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_newer_location_counts() {
    let world = World::without_workers(durations()).await;
    let (streams, rider) = (&world.streams, &world.rider.id);
    let now = streams.now().await.unwrap();
    let is = |lat, at| Fix { point: Point { lat, lng: 126.91 }, heading: None, at };
    let report = async |fix| streams.report_location(rider, fix).await.unwrap();
    assert_eq!(report(is(37.55, now)).await, LocationOutcome::Offline);
    streams.set_online(rider, true).await.unwrap();
    assert_eq!(report(is(37.55, now)).await, LocationOutcome::Noted { at: now, jobs: vec![] });
    let known = LocationOutcome::Known(Some((is(37.55, now).point, now)));
    assert_eq!(report(is(37.56, now)).await, known);
    assert_eq!(report(is(37.56, now.before(Duration::from_secs(1)))).await, known);
    let record = streams.rider(rider).await.unwrap();
    assert_eq!((record.position, record.at), (Some(is(37.55, now).point), Some(now)));

    // A phone whose clock is an hour ahead does not shut out what it says later.
    let ahead = now + Duration::from_secs(3_600);
    let counts = eventually("a later millisecond", async || match report(is(37.56, ahead)).await {
        LocationOutcome::Noted { at, .. } => Some(at),
        _ => None,
    })
    .await;
    assert!(counts < ahead);
    assert_eq!(streams.rider(rider).await.unwrap().at, Some(counts));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_location_that_was_judged_by_something_old_is_judged_again() {
    let world = World::without_workers(durations()).await;
    let (streams, rider) = (&world.streams, &world.rider.id);
    world.rider.comes_online().await;
    let known = streams.rider(rider).await.unwrap();
    let seen = known.at.map(|at| at.before(Duration::from_secs(1)));
    let fix = Fix { point: STORE_AT, heading: None, at: streams.now().await.unwrap() };
    let report = LocationReport { rider: rider.clone(), seen, fix };
    let home = streams.home_of_rider(rider);
    let outcomes = streams.report_locations(home, &[report]).await.unwrap();
    assert_eq!(outcomes, [LocationOutcome::Known(known.position.zip(known.at))]);
    assert_eq!(streams.rider(rider).await.unwrap(), known);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rider_has_three_places_and_a_void_reservation_gives_its_own_back() {
    let world = World::without_workers(durations()).await;
    world.rider.comes_online().await;
    for dice in 10..13 {
        for _ in 0..2 {
            let reserved = world.rider.reserves(some_order(dice)).await;
            assert!(matches!(reserved, Claim::Reserved { from } if from.point == STORE_AT));
        }
    }
    assert_eq!(world.rider.reserves(some_order(13)).await, Claim::TooManyJobs(3));
    assert_eq!(world.rider.jobs().await.len(), 3);
    // Ten seconds later nothing has come of them: there are no such orders.
    eventually("a place", async || {
        matches!(world.rider.reserves(some_order(13)).await, Claim::Reserved { .. }).then_some(())
    })
    .await;
    let jobs = world.rider.jobs().await;
    let (given_back, taken) = (some_order(10), some_order(13));
    assert!(jobs.contains(&taken) && !jobs.contains(&given_back), "{jobs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_later_version_said_is_not_undone_by_an_earlier_one() {
    let world = World::new().await;
    world.rider.comes_online().await;
    let order = world.mina.orders("tok_ok").await;
    world.until_state(order, State::Placed).await;
    world.kitchen.cooks(order).await;
    let claimed = world.rider.claims(order).await;
    let released = world.rider.releases(order).await;
    let streams = &world.streams;
    streams.settle_rider(&world.rider.id, &released).await.unwrap();
    streams.settle_rider(&world.rider.id, &claimed).await.unwrap();
    assert_eq!(world.rider.jobs().await, []);
    streams.tell_rider(&world.rider.id, &released, "JobReleased").await.unwrap();
    let told = streams.rider_position(&world.rider.id).await.unwrap();
    streams.tell_rider(&world.rider.id, &released, "JobReleased").await.unwrap();
    streams.tell_rider(&world.rider.id, &claimed, "JobClaimed").await.unwrap();
    assert_eq!(streams.rider_position(&world.rider.id).await.unwrap(), told);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_newest_statuses_of_a_customer_are_kept() {
    let world = World::without_workers(durations()).await;
    let customer: CustomerId = "c-regular".parse().unwrap();
    let news = |number: u64, version: u64| {
        let at = Timestamp(1_760_000_000_000 + number);
        let order_id = OrderId::new(at, 1, number);
        let store_id = world.kitchen.id.clone();
        let status =
            OrderStatus { order_id, store_id, state: State::Placed, version, updated_at: at };
        CustomerNews { status, alerts: vec![Alert { order_id, text: number.to_string(), at }] }
    };
    for number in 1..=205 {
        assert!(world.streams.record_status(&customer, 0, &news(number, 2)).await.unwrap());
    }
    assert!(!world.streams.record_status(&customer, 0, &news(205, 3)).await.unwrap());
    assert!(!world.streams.record_status(&customer, 1, &news(205, 3)).await.unwrap());
    assert!(world.streams.record_status(&customer, 2, &news(205, 3)).await.unwrap());
    let (_, before) = world.streams.statuses(&customer, 1).await.unwrap();
    // Nobody is told of an order that old.
    assert!(world.streams.record_status(&customer, 0, &news(1, 4)).await.unwrap());
    let (statuses, after) = world.streams.statuses(&customer, 1_000).await.unwrap();
    assert_eq!(before, after);
    assert_eq!(statuses.len(), 200);
    assert_eq!(statuses[0], news(205, 3).status);
    assert_eq!(statuses[199], news(6, 2).status);
    let alerts = world.streams.alerts(&customer, 2).await.unwrap();
    assert_eq!(alerts.iter().map(|it| &it.text).collect::<Vec<_>>(), ["205", "205"]);
}
