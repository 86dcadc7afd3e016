//! A provider that is down: what nobody can say, and the breaker.

use std::time::Duration;

use domain::{Actor, CancelReason, PaymentState, State};
use futures_util::future::join_all;
use streams::{Admission, Breaker, Durations, LedgerRow, PlaceError};

use crate::World;
use crate::world::{Mood, durations, eventually};

fn short() -> Durations {
    Durations {
        payment_answer: Duration::from_millis(200),
        payment_reconcile: Duration::from_millis(500),
        refund_retry: Duration::from_millis(20),
        ..durations()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_payment_nobody_can_tell_is_called_off_and_late_money_returned() {
    let mut world = World::without_workers(short()).await;
    let provider = world.start_workers_with(Mood::LosesAnswers).await;
    let order = world.mina.orders("tok_ok").await;
    let called_off = world.until_state(order, State::Canceled).await;
    assert_eq!(called_off.canceled, Some((Actor::System, CancelReason::PaymentUnknown)));
    assert_eq!(called_off.payment.state, PaymentState::Pending);
    assert_eq!(world.ledger(order).await.charges, 1);
    provider.turns(Mood::Works);
    world.until_payment(order, PaymentState::Refunded).await;
    let row = LedgerRow { charges: 1, refunds: 1, refund_tries: 1 };
    assert_eq!(world.ledger(order).await, row);
    assert_eq!(world.streams.dead(10).await.unwrap(), []);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_that_ends_in_time_costs_nobody_an_order() {
    let mut world = World::without_workers(short()).await;
    let provider = world.start_workers_with(Mood::LosesAnswers).await;
    let order = world.mina.orders("tok_ok").await;
    world.until(order, "a failed question", |order| order.payment.inquiry_tries > 1).await;
    provider.turns(Mood::Works);
    world.until_state(order, State::Placed).await;
    assert_eq!(world.ledger(order).await, LedgerRow { charges: 1, ..Default::default() });
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_of_the_last_calls_failing_opens_the_breaker() {
    let world = World::without_workers(durations()).await;
    let streams = &world.streams;
    for is_answered in [true; 11] {
        assert_eq!(streams.breaker_report(is_answered).await.unwrap(), Breaker::Closed);
    }
    for is_answered in [false; 9] {
        assert_eq!(streams.breaker_report(is_answered).await.unwrap(), Breaker::Closed);
    }
    assert_eq!(streams.breaker_admit().await.unwrap(), Admission::Pass);
    // The tenth failure pushes the first success out of the last twenty.
    let opened = streams.breaker_report(false).await.unwrap();
    assert!(matches!(opened, Breaker::Open { .. }), "{opened:?}");
    let Admission::Open { retry_after } = streams.breaker_admit().await.unwrap() else {
        panic!("an open breaker admits nobody")
    };
    assert!(retry_after > Duration::from_secs(5), "{retry_after:?}");
    // What was owed before and goes well meanwhile does not close it.
    assert!(matches!(streams.breaker_report(true).await.unwrap(), Breaker::Open { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_provider_is_left_alone_probed_once_and_taken_back() {
    let payment_reconcile = Duration::from_secs(2);
    let mut world = World::without_workers(Durations { payment_reconcile, ..short() }).await;
    let orders = join_all((0..40).map(|_| world.mina.orders("tok_ok"))).await;
    let provider = world.start_workers_with(Mood::Fails).await;
    eventually("an open breaker", async || {
        matches!(world.streams.breaker().await.unwrap(), Breaker::Open { .. }).then_some(())
    })
    .await;
    let refused = world.mina.tries_to_order("tok_ok").await;
    assert!(matches!(refused, Err(PlaceError::PaymentBusy { .. })), "{refused:?}");
    // Every order is charged or asked about once and again, not all of them at every try.
    assert!(provider.calls() >= 10, "{}", provider.calls());
    provider.turns(Mood::Works);
    // What is owed is settled although nobody new is let in.
    for order in &orders {
        let order =
            world.until(*order, "an answer", |it| it.payment.state != PaymentState::Pending);
        assert!(matches!(order.await.state, State::Placed | State::PaymentFailed));
    }
    eventually("half open", async || {
        (world.streams.breaker().await.unwrap() == Breaker::HalfOpen).then_some(())
    })
    .await;
    // One of many is let through.
    provider.turns(Mood::Ponders);
    let tries = join_all((0..10).map(|_| world.mina.tries_to_order("tok_ok"))).await;
    let probes: Vec<_> = tries.into_iter().flatten().collect();
    assert_eq!(probes.len(), 1);
    provider.turns(Mood::Works);
    world.until_state(probes[0], State::Placed).await;
    eventually("a closed breaker", async || {
        (world.streams.breaker().await.unwrap() == Breaker::Closed).then_some(())
    })
    .await;
    let next = world.mina.orders("tok_ok").await;
    world.until_state(next, State::Placed).await;
    assert_eq!(world.streams.dead(10).await.unwrap(), []);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_that_fails_opens_the_breaker_again() {
    let world = World::without_workers(durations()).await;
    let streams = &world.streams;
    // Nine failures and nothing else are bad luck on a quiet night.
    for is_answered in [false; 9] {
        assert_eq!(streams.breaker_report(is_answered).await.unwrap(), Breaker::Closed);
    }
    streams.breaker_report(false).await.unwrap();
    eventually("a probe", async || {
        (streams.breaker_admit().await.unwrap() == Admission::Pass).then_some(())
    })
    .await;
    assert!(matches!(streams.breaker_report(false).await.unwrap(), Breaker::Open { .. }));
    assert!(matches!(streams.breaker_admit().await.unwrap(), Admission::Open { .. }));
}
