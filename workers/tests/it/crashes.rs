//! Workers that die in the middle of things, workers that get in each other's way, and a Redis
//! that goes away.

use domain::{OrderId, PaymentState, State};
use futures_util::future::join_all;
use streams::LedgerRow;

use crate::World;
use crate::world::{durations, eventually};

const ORDERS: usize = 120;

impl World {
    async fn everybody_orders(&self) -> Vec<OrderId> {
        let orders = (0..ORDERS)
            .map(|number| async move { self.customer(number % 10).orders("tok_ok").await });
        join_all(orders).await
    }

    /// Whether the provider has done its part for some of them, but not for all.
    async fn until_some(&self, orders: &[OrderId], is_done: impl Fn(LedgerRow) -> bool) {
        eventually("some of many orders", async || {
            let rows = join_all(orders.iter().map(|order| self.ledger(*order))).await;
            let done = rows.into_iter().filter(|row| is_done(*row)).count();
            (done >= ORDERS / 10).then_some(())
        })
        .await;
    }

    async fn crashes(&mut self) {
        for running in self.at_work.drain(..) {
            running.abort().await;
        }
    }

    async fn all_reach(&self, orders: &[OrderId], state: PaymentState) {
        join_all(orders.iter().map(|order| self.until_payment(*order, state))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_die_leave_nothing_undone_and_nothing_done_twice() {
    let mut world = World::without_workers(durations()).await;
    let orders = world.everybody_orders().await;
    world.start_workers().await;
    world.until_some(&orders, |row| row.charges == 1).await;
    world.crashes().await;
    world.start_workers().await;
    world.all_reach(&orders, PaymentState::Approved).await;

    let cancel = |(number, order): (usize, &OrderId)| {
        let (customer, order) = (world.customer(number % 10), *order);
        async move { customer.cancels(order).await }
    };
    join_all(orders.iter().enumerate().map(cancel)).await;
    world.until_some(&orders, |row| row.refunds == 1).await;
    world.crashes().await;
    world.start_workers().await;
    world.all_reach(&orders, PaymentState::Refunded).await;
    for order in &orders {
        let row = world.ledger(*order).await;
        assert_eq!((row.charges, row.refunds), (1, 1));
    }
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_was_made_and_not_recorded_is_recorded_by_the_next_worker() {
    let mut world = World::new().await;
    let order = world.mina.orders("tok_slow").await;
    eventually("the charge", async || (world.ledger(order).await.charges == 1).then_some(())).await;
    world.crashes().await;
    assert_eq!(world.order(order).await.state, State::PaymentPending);
    world.start_workers().await;
    let placed = world.until_state(order, State::Placed).await;
    assert!(!placed.payment.is_overdue, "the entry came again before anybody had to ask");
    assert_eq!(world.ledger(order).await.charges, 1);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_are_asked_to_stop_finish_what_is_in_hand() {
    let mut world = World::new().await;
    let order = world.mina.orders("tok_slow").await;
    eventually("the charge", async || (world.ledger(order).await.charges == 1).then_some(())).await;
    for running in world.at_work.drain(..) {
        running.stop().await;
    }
    assert_eq!(world.order(order).await.state, State::Placed);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_charge_nobody_twice() {
    let mut world = World::new().await;
    world.start_workers().await;
    world.start_workers().await;
    let orders = world.everybody_orders().await;
    world.all_reach(&orders, PaymentState::Approved).await;
    for order in &orders {
        assert_eq!(world.ledger(*order).await.charges, 1);
        let placed = world.order(*order).await;
        let times = placed.steps.iter().filter(|step| step.event == "OrderPlaced").count();
        assert_eq!((placed.state, times), (State::Placed, 1));
    }
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_outlive_redis() {
    let mut world = World::new().await;
    let before = world.mina.orders("tok_ok").await;
    world.until_state(before, State::Placed).await;
    world.redis.restart(true).await;
    let streams = world.streams.clone();
    eventually("redis to be back", async || streams.ping().await.ok()).await;
    let after = world.mina.orders("tok_ok").await;
    world.until_state(after, State::Placed).await;
    world.mina.cancels(before).await;
    world.until_payment(before, PaymentState::Refunded).await;
    world.ends().await;
}
