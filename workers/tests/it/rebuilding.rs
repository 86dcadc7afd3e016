//! The read side, thrown away and made anew while orders go on.

use std::collections::HashSet;
use std::process::Stdio;

use domain::{OrderId, RejectReason, State};
use futures_util::future::join_all;
use streams::{Alert, Kind, OrderStatus};
use tokio::process::Command;

use crate::World;
use crate::world::{Customer, durations, eventually, soon};

const CUSTOMERS: usize = 6;

impl World {
    async fn read_side(&self, customer: &Customer) -> (Vec<OrderStatus>, Vec<Alert>) {
        let (statuses, _) = self.streams.statuses(&customer.id, 200).await.unwrap();
        let mut alerts = self.streams.alerts(&customer.id, 200).await.unwrap();
        // Those of different orders are told side by side, in no order.
        alerts.sort_by_key(|alert| (alert.at, alert.order_id));
        (statuses, alerts)
    }

    async fn read_sides(&self) -> Vec<(Vec<OrderStatus>, Vec<Alert>)> {
        let customers: Vec<_> = (0..CUSTOMERS).map(|number| self.customer(number)).collect();
        join_all(customers.iter().map(|customer| self.read_side(customer))).await
    }

    /// Everything that was pushed to anybody.
    async fn pushed(&self) -> Vec<(OrderId, String)> {
        let partitions = 0..self.streams.partitions();
        let feeds = partitions.map(|it| self.streams.recent(it, usize::MAX));
        let entries = join_all(feeds).await.into_iter().flat_map(|feed| feed.unwrap());
        let news = entries.filter(|entry| entry.kind == Kind::Customer);
        let alerts = news.flat_map(|entry| entry.decode_news().unwrap().alerts);
        alerts.map(|alert| (alert.order_id, alert.text)).collect()
    }

    /// An order that is rejected in the end; everything about it has been told.
    async fn whole_story(&self, number: usize) {
        let customer = self.customer(number % CUSTOMERS);
        let order = customer.orders("tok_ok").await;
        self.until_state(order, State::Placed).await;
        self.kitchen.accepts(order).await;
        self.kitchen.takes_longer(order).await;
        self.kitchen.cancels(order, domain::CancelReason::StoreOther).await;
        eventually("the last word", async || {
            let alerts = self.streams.alerts(&customer.id, 200).await.unwrap();
            let last = "18,000원을 환불했어요.";
            alerts.iter().any(|it| it.order_id == order && it.text == last).then_some(())
        })
        .await;
    }

    /// What a person with a knife would do to Redis.
    async fn lose_read_side(&self) {
        let client = redis::Client::open(self.redis.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        for kind in ["statuses", "recent", "alerts"] {
            let mut command = redis::cmd("KEYS");
            command.arg(format!("{kind}:*"));
            let keys: Vec<String> = command.query_async(&mut connection).await.unwrap();
            let deleted = redis::cmd("DEL").arg(keys).query_async(&mut connection).await;
            assert_eq!(deleted, Ok(CUSTOMERS));
        }
    }

    async fn rebuilds(&self) -> workers::Rebuilt {
        workers::rebuild(&self.config(), |_| ()).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_read_side_is_what_it_was_and_nobody_is_told_twice() {
    let world = World::new().await;
    join_all((0..12).map(|number| world.whole_story(number))).await;
    // The store knows: not worth a word, and the last event of its log.
    let open = world.customer(0).orders("tok_ok").await;
    world.until_state(open, State::Placed).await;
    world.kitchen.receives(open).await;
    world.kitchen.rejects(open, RejectReason::Closing).await;
    world.until_payment(open, domain::PaymentState::Refunded).await;
    eventually("all to be told", async || {
        let alerts = world.customer(0).alerts().await;
        alerts.last()?.ends_with("환불했어요.").then_some(())
    })
    .await;
    let (before, pushed) = (world.read_sides().await, world.pushed().await);

    let rebuilt = world.rebuilds().await;
    assert_eq!((rebuilt.orders, rebuilt.customers, rebuilt.done), (13, CUSTOMERS, CUSTOMERS));
    assert_eq!(world.read_sides().await, before);
    assert_eq!(world.pushed().await, pushed);

    world.lose_read_side().await;
    assert_eq!(world.customer(0).alerts().await, [""; 0]);
    world.rebuilds().await;
    assert_eq!(world.read_sides().await, before);
    assert_eq!(world.pushed().await, pushed);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_during_rebuilds_is_told_once_and_not_lost() {
    let mut world = World::new().await;
    world.start_workers().await;
    let stories = join_all((0..36).map(|number| world.whole_story(number)));
    let rebuilding = async {
        loop {
            world.rebuilds().await;
        }
    };
    tokio::select! {
        _ = stories => (),
        () = rebuilding => (),
    }
    let before = world.read_sides().await;
    for (statuses, alerts) in &before {
        assert_eq!((statuses.len(), alerts.len()), (6, 6 * 5));
        assert!(statuses.iter().all(|status| status.state == State::Canceled), "{statuses:?}");
    }
    let pushed = world.pushed().await;
    let once: HashSet<_> = pushed.iter().collect();
    assert_eq!((once.len(), pushed.len()), (36 * 5, 36 * 5));
    world.rebuilds().await;
    assert_eq!(world.read_sides().await, before);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_was_there_to_tell_is_told_by_the_rebuild() {
    let mut world = World::without_workers(durations()).await;
    let mut config = world.config();
    config.roles.retain(|role| *role != workers::Role::Customer);
    world.at_work.push(workers::start(config).await.unwrap());
    let order = world.mina.orders("tok_ok").await;
    world.until_state(order, State::Placed).await;
    world.rebuilds().await;
    let told = ["주문했어요. 달빛분식에서 확인하면 알려드릴게요."];
    assert_eq!(world.mina.alerts().await, told);
    assert_eq!(world.pushed().await.len(), 1);
    // Whoever comes later finds it done.
    world.start_workers().await;
    world.kitchen.accepts(order).await;
    eventually("the next word", async || (world.mina.alerts().await.len() == 2).then_some(()))
        .await;
    assert_eq!(world.pushed().await.len(), 2);
    world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_shows_how_far_it_is() {
    let world = World::new().await;
    world.whole_story(0).await;
    let mut program = Command::new(env!("CARGO_BIN_EXE_workers"));
    program.arg("rebuild").env("REDIS_URL", world.redis.url());
    program.env("PARTITIONS", world.streams.partitions().to_string()).stdout(Stdio::null());
    let output = soon("the end of a rebuild", program.output()).await.unwrap();
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{shown}");
    assert_eq!(shown.lines().last(), Some("read 1 orders, rebuilt 1 of 1 customers"));
    world.ends().await;
}
