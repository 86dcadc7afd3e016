//! A small world: one store, its customers and a rider, a Redis of its own, and workers.

mod cast;
mod provider;
mod toss;

use std::sync::Arc;
use std::time::Duration;

use domain::{Order, OrderId, PaymentState, State, react};
use streams::{Durations, LedgerRow, PrivateRedis, Streams};
use tokio::time::{Instant, timeout};
use workers::{Config, Running};

use cast::Actor;
pub(crate) use cast::{Customer, Kitchen, Operator, Rider, STORE_AT};
pub(crate) use provider::{Mood, Moody};
pub(crate) use toss::{SECRET_KEY, TossServer};

/// How long anything may take, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const PARTITIONS: u16 = 4;

/// Everybody, and where they live.
pub(crate) struct World {
    pub(crate) mina: Customer,
    pub(crate) kitchen: Kitchen,
    pub(crate) rider: Rider,
    pub(crate) operator: Operator,
    pub(crate) streams: Streams,
    pub(crate) redis: PrivateRedis,
    pub(crate) durations: Durations,
    pub(crate) at_work: Vec<Running>,
}

/// The usual durations, with refunds that are tried again soon.
pub(crate) fn durations() -> Durations {
    Durations {
        refund_retry: Duration::from_millis(50),
        entry_reclaim: Duration::from_secs(9),
        ..Durations::default()
    }
}

impl World {
    /// With workers that do every role.
    pub(crate) async fn new() -> World {
        World::with(durations()).await
    }

    /// With workers and these durations.
    pub(crate) async fn with(durations: Durations) -> World {
        let mut world = World::without_workers(durations).await;
        world.start_workers().await;
        world
    }

    pub(crate) async fn without_workers(durations: Durations) -> World {
        let redis = PrivateRedis::start(None).await.expect("these tests need redis-server");
        let streams = Streams::open(redis.url(), PARTITIONS).await.expect("the Redis just started");
        let actor = Actor::new(&streams, &durations);
        let kitchen = Kitchen { id: "s-1".parse().unwrap(), actor: actor.clone() };
        kitchen.describes_itself(false).await;
        World {
            mina: Customer { id: "c-mina".parse().unwrap(), actor: actor.clone() },
            rider: Rider { id: "r-jun".parse().unwrap(), actor: actor.clone() },
            operator: Operator { id: "o-sol".parse().unwrap(), actor },
            kitchen,
            streams,
            redis,
            durations,
            at_work: vec![],
        }
    }

    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new(self.redis.url(), PARTITIONS);
        config.durations = self.durations.clone();
        config
    }

    /// One more process of workers, as it were.
    pub(crate) async fn start_workers(&mut self) {
        self.at_work.push(workers::start(self.config()).await.expect("Redis is there"));
    }

    /// As it were, one with a provider in this mood.
    pub(crate) async fn start_workers_with(&mut self, mood: Mood) -> Arc<Moody> {
        let provider = Arc::new(Moody::new(&self.streams, mood));
        let running = workers::start_with(self.config(), provider.clone()).await;
        self.at_work.push(running.expect("Redis is there"));
        provider
    }

    /// Another customer of the same store.
    pub(crate) fn customer(&self, number: usize) -> Customer {
        Customer { id: format!("c-{number}").parse().unwrap(), actor: self.mina.actor.clone() }
    }

    pub(crate) async fn order(&self, id: OrderId) -> Order {
        self.streams.load(id).await.unwrap().expect("an order that was placed").order
    }

    /// Waits until the order is as described.
    pub(crate) async fn until(
        &self,
        id: OrderId,
        what: &str,
        is_so: impl Fn(&Order) -> bool,
    ) -> Order {
        let began = Instant::now();
        loop {
            let order = self.order(id).await;
            if is_so(&order) {
                return order;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "waited for {what} in vain: {:?}, payment {:?}, version {}",
                order.state,
                order.payment.state,
                order.version
            );
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    pub(crate) async fn until_state(&self, id: OrderId, state: State) -> Order {
        self.until(id, state.label(), |order| order.state == state).await
    }

    pub(crate) async fn until_payment(&self, id: OrderId, state: PaymentState) -> Order {
        self.until(id, &format!("{state:?}"), |order| order.payment.state == state).await
    }

    pub(crate) async fn ledger(&self, id: OrderId) -> LedgerRow {
        self.streams.ledger(id).await.unwrap()
    }

    /// Lets the workers finish, and checks that the books are in order.
    pub(crate) async fn ends(self) {
        for running in self.at_work {
            running.stop().await;
        }
        let orders = self.streams.orders_of_store(&self.kitchen.id, None, None, 1_000).await;
        for order in orders.unwrap().orders {
            let row = self.streams.ledger(order.id).await.unwrap();
            assert_eq!(react(&order), None, "owed to {order:?}");
            assert!(row.charges <= 1 && row.refunds <= row.charges, "{row:?} for {order:?}");
            let has_money_back = row.refunds == row.charges;
            match order.payment.state {
                // Given back by hand, beside the provider.
                PaymentState::Refunded if is_by_hand(&order) => assert!(!has_money_back),
                PaymentState::Refunded => assert_eq!((row.charges, row.refunds), (1, 1)),
                PaymentState::Approved => assert_eq!((row.charges, row.refunds), (1, 0)),
                PaymentState::Declined => assert!(has_money_back, "{row:?} for {order:?}"),
                PaymentState::RefundStuck => assert!(!has_money_back, "{row:?} for {order:?}"),
                PaymentState::Pending | PaymentState::RefundPending => {}
            }
        }
    }
}

fn is_by_hand(order: &Order) -> bool {
    let refund = order.steps.iter().find(|step| step.event == "PaymentRefunded");
    refund.is_some_and(|step| step.by != domain::Actor::System)
}

/// Waits until something is so, looking again and again.
pub(crate) async fn eventually<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    soon(what, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    })
    .await
}

/// Waits for what comes by itself, but not for ever.
pub(crate) async fn soon<T>(what: &str, coming: impl Future<Output = T>) -> T {
    timeout(PATIENCE, coming).await.unwrap_or_else(|_| panic!("waited for {what} in vain"))
}
