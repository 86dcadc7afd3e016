//! Whole orders under difficulties: everything is said twice, and workers die after every step.
//! What comes of it is what comes of a calm day.

use domain::{
    CancelReason, Command, CommandId, Order, OrderId, RejectReason, Sighting, State, Timestamp,
    Trace, react,
};
use futures_util::future::join_all;
use uuid::Uuid;

use crate::World;
use crate::world::{STORE_AT, durations, eventually};

/// What makes a day hard.
#[derive(Clone, Copy, PartialEq)]
enum Weather {
    Calm,
    /// Every command is sent three times: again because its answer was lost, and by a second tap.
    Echoes,
    /// All workers die after every step, in the middle of whatever they are doing.
    Crashes,
}

/// What is left of an order: names of its events, and what its customer was told.
#[derive(Debug, PartialEq)]
struct Trail {
    state: State,
    events: Vec<String>,
    alerts: Vec<String>,
    charges: u64,
    refunds: u64,
}

impl World {
    /// What people do to each order, from its placing to its end.
    fn lives(&self) -> Vec<Vec<Command>> {
        let (store, rider) = (&self.kitchen.id, &self.rider.id);
        // Freshly seen however long the storm takes.
        let here = Sighting { point: STORE_AT, at: Timestamp(u64::MAX) };
        let whole = [
            Command::ReceiveTicket { by: store.clone() },
            Command::Accept { by: store.clone(), cook_minutes: 15 },
            Command::StartCook { by: store.clone() },
            Command::FinishCook { by: store.clone() },
            Command::Claim { by: rider.clone(), from: here },
            Command::Pick { by: rider.clone(), from: None },
            Command::Confirm { by: rider.clone() },
        ];
        let until = |n: usize, end: Command| [&whole[..n], &[end]].concat();
        let cancel = || Command::Cancel { by: self.mina.id.clone() };
        let reject = Command::Reject { by: store.clone(), reason: RejectReason::SoldOut };
        let by_store = |reason| Command::CancelByStore { by: store.clone(), reason };
        vec![
            whole.to_vec(),
            until(0, cancel()),
            until(1, cancel()),
            until(2, cancel()),
            until(1, reject),
            until(3, by_store(CancelReason::StoreSoldOut)),
            until(5, by_store(CancelReason::StoreOther)),
        ]
    }

    /// Somebody gives a command, as often as the weather has it.
    async fn hears(&self, id: OrderId, command: &Command, weather: Weather) {
        let (once, again) = (CommandId(Uuid::now_v7()), CommandId(Uuid::now_v7()));
        let ids = match weather {
            Weather::Calm | Weather::Crashes => vec![once],
            Weather::Echoes => vec![once, once, again],
        };
        for id_of_command in ids {
            if let Command::Claim { .. } = command {
                self.rider.reserves(id).await;
            }
            let trace = Trace::of(id_of_command);
            let heard = self.streams.execute(id, trace, command, &self.durations.rules()).await;
            heard.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        }
    }

    async fn blows(&mut self, weather: Weather) {
        if weather == Weather::Crashes {
            for running in self.at_work.drain(..) {
                running.abort().await;
            }
            self.start_workers().await;
        }
    }

    async fn trail(&self, order: Order) -> Trail {
        let row = self.ledger(order.id).await;
        let alerts = self.streams.alerts(&self.mina.id, 200).await.unwrap();
        let alerts = alerts.into_iter().rev().filter(|alert| alert.order_id == order.id);
        Trail {
            state: order.state,
            events: order.steps.iter().map(|step| step.event.to_string()).collect(),
            alerts: alerts.map(|alert| alert.text).collect(),
            charges: row.charges,
            refunds: row.refunds,
        }
    }

    /// Waits until nobody is owed money or news.
    async fn rest(&self, orders: &[OrderId]) -> Vec<Order> {
        eventually("rest", async || {
            let orders = join_all(orders.iter().map(|order| self.order(*order))).await;
            let is_open = |order: &Order| react(order).is_some() || !order.state.is_ended();
            let statuses = self.streams.statuses(&self.mina.id, 200).await.unwrap().0;
            let is_behind = |order: &Order| {
                let status = statuses.iter().find(|status| status.order_id == order.id);
                status.is_none_or(|status| status.version != order.version)
            };
            let is_resting = !orders.iter().any(|order| is_open(order) || is_behind(order));
            (is_resting && self.rider.jobs().await.is_empty()).then_some(orders)
        })
        .await
    }
}

/// A day of all lives side by side, step by step.
async fn day(weather: Weather) -> Vec<Trail> {
    let mut world = World::without_workers(durations()).await;
    world.start_workers().await;
    world.rider.comes_online().await;
    let lives = world.lives();
    let mut orders = vec![];
    for _ in &lives {
        orders.push(world.mina.orders("tok_ok").await);
    }
    world.blows(weather).await;
    for order in &orders {
        world.until_state(*order, State::Placed).await;
    }
    for step in 0..lives.iter().map(Vec::len).max().unwrap_or(0) {
        for (order, life) in orders.iter().zip(&lives) {
            if let Some(command) = life.get(step) {
                world.hears(*order, command, weather).await;
            }
        }
        world.blows(weather).await;
    }
    let mut trails = vec![];
    for order in world.rest(&orders).await {
        trails.push(world.trail(order).await);
    }
    assert_eq!(world.streams.dead(10).await.unwrap(), []);
    world.ends().await;
    trails
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_said_twice_happens_once_from_end_to_end() {
    let (calm, echoes) = tokio::join!(day(Weather::Calm), day(Weather::Echoes));
    assert_eq!(echoes, calm);
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_die_after_every_step_leave_what_a_calm_day_leaves() {
    let (calm, crashes) = tokio::join!(day(Weather::Calm), day(Weather::Crashes));
    assert_eq!(calm[0].state, State::Delivered);
    assert!(calm[1..].iter().all(|trail| (trail.charges, trail.refunds) == (1, 1)), "{calm:?}");
    assert_eq!(crashes, calm);
}
