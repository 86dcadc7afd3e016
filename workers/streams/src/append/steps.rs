//! What is tried against the model: lives of orders, with strangers' commands in between.

#![expect(clippy::unwrap_used, reason = "the ids are harmless")]

use std::time::Duration;

use domain::{
    Actor, Address, CancelReason, Command, CustomerId, Event, Item, Order, PaymentMethod, Point,
    Request, RiderId, Rules, Shop, Sighting, StoreId, Timestamp, decide,
};
use proptest::prelude::*;

pub(super) const START: Timestamp = Timestamp(1_760_000_000_000);
const AT_STORE: Point = Point { lat: 37.55, lng: 126.91 };
/// A rider there, freshly seen however much time goes by.
const HERE: Sighting = Sighting { point: AT_STORE, at: Timestamp(u64::MAX) };

/// One thing that is tried.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Order number `order` begins, or is tried to begin again.
    Begin { order: usize },
    /// A command, decided on the order as it was `stale` versions ago; any, or the first that
    /// brings it forward.
    Give { order: usize, command: Option<usize>, stale: usize },
    /// Time goes by.
    Wait { minutes: u64 },
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let order = 0..3usize;
    let command = prop_oneof![3 => Just(None), 2 => (0..commands().len()).prop_map(Some)];
    let stale = prop_oneof![4 => Just(0), 1 => 1..4usize];
    let give = (order.clone(), command, stale).prop_map(|(order, command, stale)| Step::Give {
        order,
        command,
        stale,
    });
    let step = prop_oneof![
        2 => order.prop_map(|order| Step::Begin { order }),
        14 => give,
        1 => (1..20u64).prop_map(|minutes| Step::Wait { minutes }),
    ];
    prop::collection::vec(step, 30..90)
}

pub(super) fn store(order: usize) -> StoreId {
    format!("s-{}", order % 2).parse().unwrap()
}

/// Those of a whole life, in order, and then all others.
fn commands() -> Vec<fn(StoreId) -> Command> {
    fn rider() -> RiderId {
        "r-1".parse().unwrap()
    }
    vec![
        |_| Command::ConfirmPayment { approval: "a".into() },
        |by| Command::ReceiveTicket { by },
        |by| Command::Accept { by, cook_minutes: 10 },
        |by| Command::StartCook { by },
        |by| Command::FinishCook { by },
        |_| Command::Claim { by: rider(), from: HERE },
        |_| Command::Pick { by: rider(), from: None },
        |_| Command::Confirm { by: rider() },
        |_| Command::RecordRefund { refund: "f".into() },
        |by| Command::Acknowledge { by },
        |by| Command::Undo { by },
        |_| Command::Release { by: rider(), reason: "r".into() },
        |_| Command::Pick { by: "r-2".parse().unwrap(), from: Some(HERE) },
        |_| Command::Cancel { by: customer() },
        |by| Command::CancelByStore { by, reason: CancelReason::StoreOther },
        |_| Command::GiveUpOnStore,
        |_| Command::NoticeApproach { rider: rider(), from: AT_STORE },
        |_| Command::WidenRing,
        |_| Command::GiveUpOnRiders,
        |_| Command::ReportProblem { by: Actor::System, reason: "r".into() },
    ]
}

/// What a step does to an order as it was: the events, and whose doing they are.
pub(super) fn decided(
    before: &Order,
    command: Option<usize>,
    now: Timestamp,
) -> Option<(Vec<Event>, Actor)> {
    let (first, last) = command.map_or((0, commands().len()), |it| (it, it + 1));
    commands()[first..last].iter().find_map(|command| {
        let command = command(before.shop.id.clone());
        let events = decide(before, &command, now, &Rules::default()).unwrap_or_default();
        (!events.is_empty()).then(|| (events, command.actor()))
    })
}

pub(super) fn customer() -> CustomerId {
    "c-1".parse().unwrap()
}

pub(super) fn request(store: StoreId) -> Event {
    let position = AT_STORE;
    Event::OrderRequested(Box::new(Request {
        number: 1_001,
        customer: customer(),
        shop: Shop { id: store, name: "n".into(), position },
        items: Vec::<Item>::new(),
        total_won: 1,
        address: Address { text: "t".into(), position },
        note: String::new(),
        payment: PaymentMethod { method: "card".into(), token: "t".into() },
        check_at: START + Duration::from_secs(30),
        fee_won: 1,
        meters: 1,
        pickup_millis: 1,
        ride_millis: 1,
    }))
}
