//! Charges and refunds, with every temper of the provider.

use std::time::Duration;

use domain::{Attention, Event, PaymentState, State};
use streams::{Durations, LedgerRow};

use crate::World;
use crate::world::{durations, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_payment_places_the_order() {
    let world = World::new().await;
    let order = world.mina.orders("tok_ok").await;
    let placed = world.until_state(order, State::Placed).await;
    assert_eq!(placed.payment.state, PaymentState::Approved);
    assert_eq!(world.ledger(order).await, LedgerRow { charges: 1, ..Default::default() });
    let board = world.streams.board(&world.kitchen.id).await.unwrap();
    assert_eq!(board.orders, [placed]);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_payment_never_reaches_the_board() {
    let world = World::new().await;
    let order = world.mina.orders("tok_declined").await;
    let failed = world.until_state(order, State::PaymentFailed).await;
    assert_eq!(failed.payment.state, PaymentState::Declined);
    let log = world.streams.load(order).await.unwrap().unwrap().log;
    assert!(!log.iter().any(|it| matches!(it.event, Event::OrderPlaced { .. })));
    assert_eq!(world.streams.board(&world.kitchen.id).await.unwrap().orders, []);
    assert_eq!(world.ledger(order).await, LedgerRow::default());
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_nobody_knows_is_declined() {
    let world = World::new().await;
    let order = world.mina.orders("tok_of_somebody_else").await;
    let failed = world.until_state(order, State::PaymentFailed).await;
    assert_eq!(failed.payment.declined.as_deref(), Some("unknown token"));
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_provider_is_waited_for() {
    let world = World::new().await;
    let order = world.mina.orders("tok_slow").await;
    world.until_state(order, State::Placed).await;
    assert_eq!(world.ledger(order).await.charges, 1);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_asked_for_and_nothing_is_charged_twice() {
    let world = World::with(Durations {
        payment_answer: Duration::from_millis(500),
        payment_reconcile: Duration::from_secs(3),
        ..durations()
    })
    .await;
    let order = world.mina.orders("tok_lost").await;
    let placed = world.until_state(order, State::Placed).await;
    assert!(placed.payment.is_overdue);
    assert_eq!(world.ledger(order).await, LedgerRow { charges: 1, ..Default::default() });
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_cancels_while_the_answer_is_lost_gets_the_money_back() {
    let world = World::with(Durations {
        payment_answer: Duration::from_millis(500),
        payment_reconcile: Duration::from_secs(3),
        ..durations()
    })
    .await;
    let order = world.mina.orders("tok_lost").await;
    world.mina.cancels(order).await;
    let settled = world
        .until(order, "settled", |order| {
            matches!(order.payment.state, PaymentState::Refunded | PaymentState::Declined)
        })
        .await;
    assert_eq!(settled.state, State::Canceled);
    let row = world.ledger(order).await;
    assert_eq!(row.charges, row.refunds);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_order_is_refunded_once() {
    let world = World::new().await;
    let order = world.mina.orders("tok_ok").await;
    world.until_state(order, State::Placed).await;
    world.mina.cancels(order).await;
    world.until_payment(order, PaymentState::Refunded).await;
    let row = LedgerRow { charges: 1, refunds: 1, refund_tries: 1 };
    assert_eq!(world.ledger(order).await, row);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_is_tried_until_it_succeeds() {
    let world = World::new().await;
    let order = world.mina.orders("tok_refund_fails").await;
    world.until_state(order, State::Placed).await;
    world.mina.cancels(order).await;
    let refunded = world.until_payment(order, PaymentState::Refunded).await;
    assert_eq!(refunded.payment.refund_tries, 2);
    let row = LedgerRow { charges: 1, refunds: 1, refund_tries: 3 };
    assert_eq!(world.ledger(order).await, row);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_never_succeeds_is_left_to_a_person() {
    let world = World::with(Durations { refund_tries: 3, ..durations() }).await;
    let order = world.mina.orders("tok_refund_never").await;
    world.until_state(order, State::Placed).await;
    world.mina.cancels(order).await;
    let stuck = world.until_payment(order, PaymentState::RefundStuck).await;
    assert_eq!(stuck.attention, Some(Attention::RefundStuck));
    let row = LedgerRow { charges: 1, refunds: 0, refund_tries: 3 };
    assert_eq!(world.ledger(order).await, row);
    let told = eventually("words about the delay", async || {
        let alerts = world.mina.alerts().await;
        alerts.last()?.starts_with("환불이 늦어지고 있어요").then_some(alerts)
    })
    .await;
    assert_eq!(told.len(), 3, "{told:?}");
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_refund_that_an_operator_reopens_is_paid() {
    let world = World::with(Durations { refund_tries: 2, ..durations() }).await;
    let order = world.mina.orders("tok_refund_fails").await;
    world.until_state(order, State::Placed).await;
    world.mina.cancels(order).await;
    world.until_payment(order, PaymentState::RefundStuck).await;
    world.operator.reopens_refund(order).await;
    let refunded = world.until_payment(order, PaymentState::Refunded).await;
    assert_eq!(refunded.attention, None);
    let row = LedgerRow { charges: 1, refunds: 1, refund_tries: 3 };
    assert_eq!(world.ledger(order).await, row);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_refund_that_an_operator_settles_is_not_paid_again() {
    let world = World::with(Durations { refund_tries: 2, ..durations() }).await;
    let order = world.mina.orders("tok_refund_never").await;
    world.until_state(order, State::Placed).await;
    world.mina.cancels(order).await;
    world.until_payment(order, PaymentState::RefundStuck).await;
    let settled = world.operator.settles_refund(order, "bank-7").await;
    assert_eq!(settled.payment.state, PaymentState::Refunded);
    eventually("words about the refund", async || {
        let alerts = world.mina.alerts().await;
        (alerts.last()? == "18,000원을 환불했어요.").then_some(())
    })
    .await;
    // Nobody but the bank has moved anything, and nobody will.
    let row = LedgerRow { charges: 1, refunds: 0, refund_tries: 2 };
    assert_eq!(world.ledger(order).await, row);
    let step = settled.steps.last().expect("it was settled");
    assert_eq!((&*step.event, step.by.kind()), ("PaymentRefunded", "operator"));
    world.ends().await;
}
