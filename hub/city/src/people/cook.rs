//! A cook at a store's board: takes what comes, cooks it about as fast as promised.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use rand::RngExt;
use serde_json::{Value, json};

use super::views::{Board, BoardNews, OrderState, Ticket};
use super::{Person, Role, Routine, Setting};
use crate::client::{Badge, Client, Error, News, Payload};
use crate::neighbourhood::Store;
use crate::streets::Dice;
use crate::troubles::Trouble;

/// How many of a hundred orders are turned down.
const REJECTED_PERCENT: u32 = 3;
/// How often a cook who does not listen is reminded.
const DEAF_PAUSE: Duration = Duration::from_secs(5);
const COOK_MINUTES_MAX: u32 = 10;
/// Nothing to do: the next news wakes the cook.
const FOREVER: Duration = Duration::from_secs(u32::MAX as u64);

pub(super) struct Cook {
    setting: Setting,
    person: Person,
    store: Store,
    /// Whether this is the store that the stage shows: it takes everything, and is quick.
    on_stage: bool,
    dice: Dice,
}

/// What a ticket asks of the cook.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Receive,
    Decide,
    Start,
    Finish,
    Acknowledge,
}

/// The tickets, and when the cook turns to which.
#[derive(Default)]
struct Plan {
    versions: HashMap<String, u64>,
    steps: HashMap<String, (Duration, Step)>,
    received: HashSet<String>,
}

impl Plan {
    /// The earliest step, and its instant on the clock of the tempo.
    fn next(&self) -> Option<(Duration, Step, &str)> {
        self.steps
            .iter()
            .map(|(order_id, (when, step))| (*when, *step, order_id.as_str()))
            .min_by_key(|(when, ..)| *when)
    }
}

impl Routine for Cook {
    fn person(&self) -> &Person {
        &self.person
    }

    async fn act(&mut self) -> Result<(), Error> {
        let badge = Badge {
            role: "store",
            sub: format!("cook-{}", self.store.id),
            store_id: Some(self.store.id.clone()),
        };
        let client = self.setting.visitor.sign_in(badge).await?;
        let socket = client.connect_socket().await?;
        let (board, mut news) = socket.subscribe(&format!("store:{}", self.store.id), &()).await?;
        let mut plan = self.look_at(&board)?;
        loop {
            let next = plan.next().map(|(when, step, order_id)| (when, step, order_id.to_owned()));
            let when = next.as_ref().map_or(FOREVER, |(when, ..)| *when);
            tokio::select! {
                news = news.next() => match news {
                    None => return Ok(()),
                    Some(News::Resumed { .. }) => {}
                    Some(News::Snapshot(board)) => plan = self.look_at(&board)?,
                    Some(News::Publication { data, .. }) => {
                        if let Some(ticket) = data.read::<BoardNews>()?.ticket {
                            self.consider(&mut plan, &ticket);
                        }
                    }
                },
                () = self.setting.city.tempo.sleep_until(when) => if let Some((_, step, order_id)) = next {
                    plan.steps.remove(&order_id);
                    self.take(step, &order_id, &mut plan, &client).await?;
                },
            }
        }
    }
}

impl Cook {
    pub(super) fn new(setting: Setting, store: &Store) -> Self {
        let person = Person::new(Role::Store, &store.id);
        let dice = setting.dice_of(&person);
        let on_stage = store.id == setting.city.neighbourhood.stores[0].id;
        Self { setting, person, store: store.clone(), on_stage, dice }
    }

    /// Makes a plan from the whole board.
    fn look_at(&mut self, board: &Payload) -> Result<Plan, Error> {
        let mut plan = Plan::default();
        for ticket in board.read::<Board>()?.tickets {
            self.consider(&mut plan, &ticket);
        }
        Ok(plan)
    }

    /// Plans what a ticket asks for, unless something newer about it is known.
    fn consider(&mut self, plan: &mut Plan, ticket: &Ticket) {
        let known = plan.versions.entry(ticket.order_id.clone()).or_default();
        if ticket.version <= *known {
            return;
        }
        *known = ticket.version;
        let order_id = ticket.order_id.clone();
        let (delay, step) = match ticket.state {
            _ if ticket.to_acknowledge => (self.pause(), Step::Acknowledge),
            OrderState::Placed if !plan.received.contains(&order_id) => {
                (Duration::ZERO, Step::Receive)
            }
            OrderState::Placed => (self.pause(), Step::Decide),
            OrderState::Accepted => (self.pause(), Step::Start),
            OrderState::Cooking => (self.cooking_left(ticket), Step::Finish),
            state => {
                plan.steps.remove(&order_id);
                if state.is_ended() {
                    plan.versions.remove(&order_id);
                    plan.received.remove(&order_id);
                }
                return;
            }
        };
        plan.steps.insert(order_id, (self.setting.city.tempo.elapsed() + delay, step));
    }

    async fn take(
        &mut self,
        step: Step,
        order_id: &str,
        plan: &mut Plan,
        client: &Client,
    ) -> Result<(), Error> {
        let troubles = &self.setting.city.troubles;
        if step == Step::Decide && self.on_stage && troubles.is_on(Trouble::StoreDeaf) {
            let when = self.setting.city.tempo.elapsed() + DEAF_PAUSE;
            plan.steps.insert(order_id.into(), (when, step));
            return Ok(());
        }
        let (word, body) = match step {
            Step::Receive => ("received", json!({})),
            Step::Decide => self.decide(),
            Step::Start => ("startCook", json!({})),
            Step::Finish => ("finishCook", json!({})),
            Step::Acknowledge => ("acknowledge", json!({})),
        };
        let path = format!("/storeOrders/{order_id}/{word}");
        match client.put::<Value>(&path, &body).await {
            Ok(_) => {}
            Err(error) if error.is_temporary() => return Err(error),
            // The customer was faster, or somebody else at this store. The board will say.
            Err(error) => tracing::debug!(order.id = %order_id, %error, "the kitchen was refused"),
        }
        if step == Step::Receive {
            plan.received.insert(order_id.into());
            let when = self.setting.city.tempo.elapsed() + self.pause();
            plan.steps.insert(order_id.into(), (when, Step::Decide));
        }
        Ok(())
    }

    /// Accepts, or says why not.
    fn decide(&mut self) -> (&'static str, Value) {
        if !self.on_stage && self.dice.random_ratio(REJECTED_PERCENT, 100) {
            let reason = if self.dice.random_bool(0.5) { "SOLD_OUT" } else { "TOO_BUSY" };
            return ("reject", json!({ "reason": reason }));
        }
        let usual = self.store.default_cook_minutes;
        let longest = if self.on_stage { usual } else { COOK_MINUTES_MAX.max(usual) };
        ("accept", json!({ "cookMinutes": self.dice.random_range(usual..=longest) }))
    }

    /// How long it still takes: what is left of the promise, and often a little less.
    fn cooking_left(&mut self, ticket: &Ticket) -> Duration {
        let longest = Duration::from_secs(60 * u64::from(COOK_MINUTES_MAX));
        let due = ticket.cook_due_at.as_deref().and_then(|due| due.parse::<Timestamp>().ok());
        let left = due.map_or(longest, |due| {
            // Below zero when the dish is late: then at once.
            let left = Duration::try_from(due.duration_since(Timestamp::now()));
            left.unwrap_or_default() * self.setting.city.tempo.speed()
        });
        let share = if self.on_stage { 0.45..0.65 } else { 0.6..1.0 };
        left.min(longest).mul_f64(self.dice.random_range(share))
    }

    /// How long the cook takes to turn to a ticket.
    fn pause(&mut self) -> Duration {
        let seconds = if self.on_stage { 8..=18 } else { 12..=45 };
        Duration::from_secs(self.dice.random_range(seconds))
    }
}
