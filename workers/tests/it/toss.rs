//! The workers with Toss Payments, or with a server that speaks like it.

use std::time::Duration;

use domain::{Event, PaymentState, State};
use streams::Durations;
use streams::PaymentProvider;

use crate::World;
use crate::world::{SECRET_KEY, TossServer, durations, eventually};

impl World {
    async fn with_toss() -> (World, TossServer) {
        World::with_toss_asked_after(Duration::from_secs(6)).await
    }

    async fn with_toss_asked_after(payment_reconcile: Duration) -> (World, TossServer) {
        let toss = TossServer::start().await;
        let payment_answer = Duration::from_millis(500);
        let durations = Durations { payment_answer, payment_reconcile, ..durations() };
        let mut world = World::without_workers(durations).await;
        world.start_workers_at(&toss).await;
        (world, toss)
    }

    async fn start_workers_at(&mut self, toss: &TossServer) {
        let mut config = self.config();
        config.payment_provider = PaymentProvider::Toss;
        config.toss_url = toss.url.clone();
        config.toss_secret_key = Some(SECRET_KEY.to_owned());
        self.at_work.push(workers::start(config).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_payment_places_the_order_and_is_canceled_with_it() {
    let (world, toss) = World::with_toss().await;
    let order = world.mina.orders("pk_ok").await;
    let placed = world.until_state(order, State::Placed).await;
    assert_eq!(placed.payment.approval.as_deref(), Some("pk_ok"));
    let account = toss.account(order);
    assert_eq!((account.charges, account.amount), (1, placed.total_won));
    world.mina.cancels(order).await;
    world.until_payment(order, PaymentState::Refunded).await;
    let log = world.streams.load(order).await.unwrap().unwrap().log;
    let refund = Event::PaymentRefunded { refund: "transaction-2".to_owned() };
    assert_eq!(log.last().map(|it| &it.event), Some(&refund));
    let account = toss.account(order);
    assert_eq!((account.charges, account.cancels, account.status), (1, 1, "CANCELED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_card_ends_the_order_in_the_words_of_the_provider() {
    let (world, toss) = World::with_toss().await;
    let order = world.mina.orders("pk_rejected").await;
    let failed = world.until_state(order, State::PaymentFailed).await;
    assert_eq!(failed.payment.declined.as_deref(), Some("REJECT_CARD_PAYMENT!"));
    assert_eq!(toss.account(order).charges, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_was_confirmed_already_is_looked_up() {
    let (world, toss) = World::with_toss().await;
    let order = world.mina.orders("pk_confirmed").await;
    let placed = world.until_state(order, State::Placed).await;
    assert!(!placed.payment.is_overdue, "the error said enough");
    assert_eq!(toss.account(order).charges, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_asked_for_at_toss() {
    let (world, toss) = World::with_toss().await;
    let order = world.mina.orders("pk_lost").await;
    let placed = world.until_state(order, State::Placed).await;
    assert!(placed.payment.is_overdue);
    assert_eq!(toss.account(order).charges, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_may_still_be_confirmed_stays_open_until_it_expires() {
    let (world, toss) = World::with_toss().await;
    let order = world.mina.orders("pk_broken").await;
    let asked = world.until(order, "a question", |it| it.payment.inquiry_tries > 1).await;
    assert_eq!(asked.state, State::PaymentPending);
    toss.expires(order);
    world.until_state(order, State::PaymentFailed).await;
    assert_eq!(toss.account(order).charges, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_takes_over_confirms_under_the_same_key() {
    let (mut world, toss) = World::with_toss_asked_after(Duration::from_secs(60)).await;
    let order = world.mina.orders("pk_slow").await;
    eventually("the charge", async || (toss.account(order).charges == 1).then_some(())).await;
    for running in world.at_work.drain(..) {
        running.abort().await;
    }
    assert_eq!(world.order(order).await.state, State::PaymentPending);
    world.start_workers_at(&toss).await;
    let placed = world.until_state(order, State::Placed).await;
    assert!(!placed.payment.is_overdue, "confirmed again, not asked about");
    assert_eq!(toss.account(order).charges, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_that_fails_or_is_lost_happens_once() {
    let (world, toss) = World::with_toss().await;
    for token in ["pk_refund_fails", "pk_refund_lost"] {
        let order = world.mina.orders(token).await;
        world.until_state(order, State::Placed).await;
        world.mina.cancels(order).await;
        let refunded = world.until_payment(order, PaymentState::Refunded).await;
        assert_eq!(refunded.payment.refund_tries, 1, "{token}");
        let account = toss.account(order);
        assert_eq!((account.charges, account.cancels), (1, 1), "{token}");
        assert_eq!(account.cancel_calls, 2, "{token}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn toss_without_a_key_is_refused_in_a_sentence() {
    let mut config = workers::Config::new("redis://nowhere", 4);
    config.payment_provider = PaymentProvider::Toss;
    let error = workers::start(config).await.err().expect("nobody can be charged without a key");
    assert_eq!(error.to_string(), "PAYMENT_PROVIDER=toss needs TOSS_SECRET_KEY");
}
