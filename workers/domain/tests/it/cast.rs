//! Who acts in the stories, and a way to let them.

use domain::{
    Actor, Address, Basket, BasketItem, Command, CommandId, CustomerId, Effect, Event, MenuItem,
    Order, OrderId, PaymentMethod, Point, Recorded, Refusal, RiderId, Rules, Sighting, Store,
    StoreId, Timestamp, deadline, decide, evolve, fold, place, react,
};
use uuid::Uuid;

pub const NOON: Timestamp = Timestamp(1_760_000_000_000);
pub const AT_STORE: Point = Point { lat: 37.5540, lng: 126.9101 };
/// A rider there, freshly seen however long a story takes.
pub const HERE: Sighting = Sighting { point: AT_STORE, at: Timestamp(u64::MAX) };
pub const AT_DOOR: Point = Point { lat: 37.5551, lng: 126.9020 };

pub fn mina() -> CustomerId {
    id("c-mina")
}

pub fn kitchen() -> StoreId {
    id("s-moonlight")
}

pub fn haneul() -> RiderId {
    id("r-haneul")
}

pub fn doyun() -> RiderId {
    id("r-doyun")
}

pub fn id<T: std::str::FromStr<Err = domain::InvalidId>>(text: &str) -> T {
    text.parse().expect("a harmless id")
}

pub fn store() -> Store {
    Store {
        id: kitchen(),
        name: "달빛분식".into(),
        position: AT_STORE,
        open: true,
        paused: false,
        paused_by: None,
        delivery_radius_meters: 3_000,
        min_total_won: 5_000,
        open_orders_max: 10,
        default_cook_minutes: 15,
        auto_accept: false,
        menu: vec![
            MenuItem {
                id: "m-1".into(),
                name: "국물떡볶이".into(),
                price_won: 9_000,
                sold_out: false,
                options: vec!["보통맛".into(), "매운맛".into()],
            },
            MenuItem {
                id: "m-2".into(),
                name: "꼬마김밥".into(),
                price_won: 4_000,
                sold_out: true,
                options: vec![],
            },
        ],
    }
}

pub fn basket() -> Basket {
    let line = BasketItem { menu_id: "m-1".into(), quantity: 2, options: vec!["보통맛".into()] };
    Basket {
        items: vec![line],
        address: Address { text: "망원동 12길 3, 402호".into(), position: AT_DOOR },
        note: "문 앞에 두고 벨 눌러주세요".into(),
        payment: PaymentMethod { method: "card".into(), token: "tok_ok".into() },
    }
}

/// Mina's request, as her order's first event.
pub fn request() -> Event {
    place(&store(), 0, mina(), 1042, basket(), NOON, &Rules::default())
        .expect("a fine basket")
        .remove(0)
}

/// An order, the clock it lives by, and everybody who can do something to it.
#[derive(Clone)]
pub struct Story {
    pub order: Order,
    pub now: Timestamp,
    pub rules: Rules,
}

impl Story {
    /// Mina has asked for food and nobody has paid.
    pub fn begin() -> Story {
        let rules = Rules::default();
        let log = [record(request(), Actor::Customer(mina()), NOON)];
        let order = fold(OrderId::new(NOON, 3, 42), &log).expect("a log that begins");
        Story { order, now: NOON, rules }
    }

    /// Gives `command` now.
    pub fn hear(&mut self, command: Command) -> Result<Vec<Event>, Refusal> {
        let events = decide(&self.order, &command, self.now, &self.rules)?;
        for event in &events {
            let recorded = record(event.clone(), command.actor(), self.now);
            self.order = evolve(self.order.clone(), &recorded);
        }
        Ok(events)
    }

    /// Gives every one of `commands`, all of which must have their way.
    pub fn after(mut self, commands: impl IntoIterator<Item = Command>) -> Story {
        for command in commands {
            let events = self
                .hear(command.clone())
                .unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
            assert!(!events.is_empty(), "{command:?} changed nothing");
        }
        self
    }

    /// Waits for the next deadline and lets it have its way. False if there is none.
    pub fn wait(&mut self) -> bool {
        let Some(deadline) = deadline(&self.order) else {
            return false;
        };
        self.now = self.now.max(deadline.at);
        let events = self.hear(deadline.command.clone()).expect("time is never refused");
        assert!(!events.is_empty(), "{:?} was due and changed nothing", deadline.command);
        true
    }

    /// Pays what is owed with a provider that does as it is told.
    pub fn settle(&mut self) {
        for _ in 0..4 {
            let outcome = match react(&self.order) {
                None => return,
                Some(Effect::Charge | Effect::Inquire) => approve(),
                Some(Effect::Refund) => Command::RecordRefund { refund: "refund-1".into() },
            };
            self.hear(outcome).expect("an outcome is never refused");
        }
        panic!("still owed something: {:?}", react(&self.order));
    }
}

fn record(event: Event, by: Actor, at: Timestamp) -> Recorded {
    Recorded { at, by, command: CommandId(Uuid::nil()), cause: None, event }
}

pub fn approve() -> Command {
    Command::ConfirmPayment { approval: "payment-1".into() }
}

pub fn decline() -> Command {
    Command::DeclinePayment { reason: "no funds".into() }
}

pub fn accept() -> Command {
    Command::Accept { by: kitchen(), cook_minutes: 15 }
}

pub fn claim(by: RiderId) -> Command {
    Command::Claim { by, from: HERE }
}

pub fn pick(by: RiderId) -> Command {
    Command::Pick { by, from: Some(HERE) }
}

pub fn cancel() -> Command {
    Command::Cancel { by: mina() }
}

/// Everything that has to happen for Mina to eat, in order.
pub fn happy_path() -> Vec<Command> {
    vec![
        approve(),
        Command::ReceiveTicket { by: kitchen() },
        accept(),
        Command::StartCook { by: kitchen() },
        Command::FinishCook { by: kitchen() },
        claim(haneul()),
        pick(haneul()),
        Command::Confirm { by: haneul() },
    ]
}

/// The story up to and without step `n` of the happy path.
pub fn happy_until(n: usize) -> Story {
    Story::begin().after(happy_path().into_iter().take(n))
}
