//! The saga as a model: two workers who may die at any point, a provider with a memory, and a
//! customer who thinks again while the cook reaches for the pan. Every interleaving is tried, with
//! the real `decide`, `evolve` and `react`; then a safeguard is taken out and the model must find
//! what goes wrong.

use domain::{
    Actor, Command, CommandId, Effect, Event, Order, Recorded, Timestamp, deadline, decide, fold,
    react,
};
use stateright::{Checker, HasDiscoveries, Model, Property};
use uuid::Uuid;

use crate::cast::{Story, approve, cancel, kitchen};

/// How often workers die.
const CRASHES_MAX: u8 = 2;

/// What is left out, to see whether it is needed.
#[derive(Clone, Copy, PartialEq)]
enum Safeguards {
    All,
    /// The provider does not recognise a payment that it has been asked for before.
    NoIdempotencyKeys,
    /// An append does not look at the version that was read.
    NoVersionCheck,
}

/// Everything that is true at one moment. The log is kept as text, which can be compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Moment {
    log: Vec<String>,
    provider: Provider,
    workers: [Hand; 2],
    customer: Hand,
    cook: Hand,
    crashes: u8,
}

/// What the provider did, and what it remembers having been asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Provider {
    charges: u8,
    refunds: u8,
    is_charge_known: bool,
    is_refund_known: bool,
    is_void: bool,
}

/// How far somebody is with one thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Doing {
    Effect(EffectName),
    Outcome(Outcome),
}

/// Somebody's hand: what it holds between two steps that a crash can part.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Hand {
    Idle,
    /// About to act, or to record what came of it.
    Busy(Doing),
    /// Has read the log at this version and decided; about to append.
    Appending {
        version: usize,
        events: Vec<String>,
    },
    /// Wants nothing more.
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum EffectName {
    Charge,
    Inquire,
    Refund,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Outcome {
    Approved,
    Declined,
    Refunded,
}

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Turn {
    Worker(usize),
    Crash(usize),
    Customer,
    Cook,
    Time,
}

impl Moment {
    fn order(&self) -> Order {
        let log: Vec<Recorded> =
            self.log.iter().map(|line| serde_json::from_str(line).expect("our own")).collect();
        fold(Story::begin().order.id, &log).expect("a log that begins")
    }

    fn has(&self, event: &str) -> bool {
        self.order().steps.iter().any(|step| step.event == event)
    }
}

impl Provider {
    fn act(&mut self, effect: EffectName, safeguards: Safeguards) -> Outcome {
        let has_keys = safeguards != Safeguards::NoIdempotencyKeys;
        match effect {
            EffectName::Charge if self.is_void => Outcome::Declined,
            EffectName::Charge => {
                if !(self.is_charge_known && has_keys) {
                    self.charges += 1;
                }
                self.is_charge_known = true;
                Outcome::Approved
            }
            EffectName::Inquire if self.is_charge_known => Outcome::Approved,
            EffectName::Inquire => {
                self.is_void = true;
                Outcome::Declined
            }
            EffectName::Refund => {
                if !(self.is_refund_known && has_keys) {
                    self.refunds += 1;
                }
                self.is_refund_known = true;
                Outcome::Refunded
            }
        }
    }
}

impl Hand {
    /// The next step of a worker.
    fn work(&mut self, moment: &mut Moment, safeguards: Safeguards) {
        *self = match self.clone() {
            Hand::Idle => match react(&moment.order()) {
                Some(Effect::Charge) => Hand::Busy(Doing::Effect(EffectName::Charge)),
                Some(Effect::Inquire) => Hand::Busy(Doing::Effect(EffectName::Inquire)),
                Some(Effect::Refund) => Hand::Busy(Doing::Effect(EffectName::Refund)),
                None => Hand::Idle,
            },
            Hand::Busy(Doing::Effect(effect)) => {
                Hand::Busy(Doing::Outcome(moment.provider.act(effect, safeguards)))
            }
            Hand::Busy(Doing::Outcome(outcome)) => read(moment, &record_of(outcome), Hand::Idle),
            appending => append(moment, appending, safeguards, Hand::Idle),
        };
    }

    /// The next step of a person with one wish.
    fn wish(&mut self, moment: &mut Moment, command: &Command, safeguards: Safeguards) {
        *self = match self.clone() {
            Hand::Idle => read(moment, command, Hand::Done),
            appending => append(moment, appending, safeguards, Hand::Done),
        };
    }
}

fn record_of(outcome: Outcome) -> Command {
    match outcome {
        Outcome::Approved => approve(),
        Outcome::Declined => Command::DeclinePayment { reason: "void".into() },
        Outcome::Refunded => Command::RecordRefund { refund: "refund-1".into() },
    }
}

fn read(moment: &Moment, command: &Command, done: Hand) -> Hand {
    match lines(&moment.order(), command, crate::cast::NOON) {
        events if events.is_empty() => done,
        events => Hand::Appending { version: moment.log.len(), events },
    }
}

/// Appends under the version that was read. Who loses looks again, as `execute` does.
fn append(moment: &mut Moment, hand: Hand, safeguards: Safeguards, done: Hand) -> Hand {
    let Hand::Appending { version, events } = hand else {
        return hand;
    };
    if version != moment.log.len() && safeguards != Safeguards::NoVersionCheck {
        return Hand::Idle;
    }
    moment.log.extend(events);
    done
}

fn lines(order: &Order, command: &Command, now: Timestamp) -> Vec<String> {
    let rules = domain::Rules::default();
    let events = decide(order, command, now, &rules).unwrap_or_default();
    let line = |event| line(event, command.actor(), now);
    events.into_iter().map(line).collect()
}

fn line(event: Event, by: Actor, at: Timestamp) -> String {
    let recorded = Recorded { at, by, command: CommandId(Uuid::nil()), cause: None, event };
    serde_json::to_string(&recorded).expect("events are JSON")
}

impl Model for Safeguards {
    type State = Moment;
    type Action = Turn;

    fn init_states(&self) -> Vec<Moment> {
        let request = crate::cast::request();
        vec![Moment {
            log: vec![line(request, Actor::Customer(crate::cast::mina()), crate::cast::NOON)],
            provider: Provider::default(),
            workers: [Hand::Idle, Hand::Idle],
            customer: Hand::Idle,
            cook: Hand::Idle,
            crashes: 0,
        }]
    }

    fn actions(&self, _: &Moment, turns: &mut Vec<Turn>) {
        turns.extend([Turn::Customer, Turn::Cook, Turn::Time]);
        turns.extend((0..2).flat_map(|worker| [Turn::Worker(worker), Turn::Crash(worker)]));
    }

    fn next_state(&self, last: &Moment, turn: Turn) -> Option<Moment> {
        let mut next = last.clone();
        match turn {
            Turn::Worker(worker) => {
                let mut hand = next.workers[worker].clone();
                hand.work(&mut next, *self);
                next.workers[worker] = hand;
            }
            Turn::Crash(worker) if last.crashes < CRASHES_MAX => {
                next.workers[worker] = Hand::Idle;
                next.crashes += 1;
            }
            Turn::Crash(_) => return None,
            Turn::Customer if last.customer != Hand::Done => {
                let mut hand = next.customer.clone();
                hand.wish(&mut next, &cancel(), *self);
                next.customer = hand;
            }
            Turn::Customer => return None,
            Turn::Cook if last.cook != Hand::Done => {
                let mut hand = next.cook.clone();
                // Accepting is not what races here; the cook reaches for the pan.
                let command = match last.order().state {
                    domain::State::Placed => crate::cast::accept(),
                    _ => Command::StartCook { by: kitchen() },
                };
                let done = if last.has("OrderAccepted") { Hand::Done } else { Hand::Idle };
                hand.wish(&mut next, &command, *self);
                next.cook = if hand == Hand::Done { done } else { hand };
            }
            Turn::Cook => return None,
            Turn::Time => {
                let order = last.order();
                let due = deadline(&order)?;
                // Only the payment's clock: the others end orders that nobody is racing for.
                if due.command != Command::AskAboutPayment {
                    return None;
                }
                next.log.extend(lines(&order, &due.command, due.at));
            }
        }
        (next != *last).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("never two charges", |_, it: &Moment| it.provider.charges <= 1),
            Property::always("never two refunds", |_, it: &Moment| it.provider.refunds <= 1),
            Property::always("no refund without a charge", |_, it: &Moment| {
                it.provider.refunds <= it.provider.charges
            }),
            Property::always("of a cancel and a cook-start one wins", |_, it: &Moment| {
                !(it.has("CookStarted") && it.has("OrderCanceled"))
            }),
            Property::always("what rests is settled", |_, it: &Moment| {
                let order = it.order();
                let rests = it.workers.iter().all(|hand| *hand == Hand::Idle)
                    && react(&order).is_none()
                    && deadline(&order).is_none();
                let kept = it.provider.charges - it.provider.refunds.min(it.provider.charges);
                !rests || !order.state.is_called_off() || kept == 0
            }),
            Property::sometimes("the food is cooked", |_, it: &Moment| it.has("CookStarted")),
            Property::sometimes("the money comes back", |_, it: &Moment| it.provider.refunds == 1),
        ]
    }
}

#[test]
fn no_crash_and_no_race_breaks_a_promise() {
    let checker = Safeguards::All.checker().threads(2).spawn_bfs().join();
    assert!(checker.unique_state_count() > 1_000, "{}", checker.unique_state_count());
    checker.assert_properties();
}

#[test]
fn without_idempotency_keys_the_model_finds_a_second_charge() {
    let checker = Safeguards::NoIdempotencyKeys
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    assert!(checker.discovery("never two charges").is_some());
}

#[test]
fn without_the_version_check_the_model_finds_a_cook_at_a_canceled_order() {
    let checker = Safeguards::NoVersionCheck
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    assert!(checker.discovery("of a cancel and a cook-start one wins").is_some());
}
