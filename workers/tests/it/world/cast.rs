//! Those who act.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::{
    Address, Basket, BasketItem, CancelReason, Command, CommandId, CustomerId, DeliveryState,
    MenuItem, OperatorId, Order, OrderId, PaymentMethod, Point, RejectReason, RiderId, Store,
    StoreId, Trace,
};
use streams::{Claim, Durations, Fix, LocationOutcome, PlaceError, Placement, Streams};
use uuid::Uuid;

/// Where the store is, and the rider.
pub(crate) const STORE_AT: Point = Point { lat: 37.5540, lng: 126.9101 };
const HOME_AT: Point = Point { lat: 37.5551, lng: 126.9020 };

/// What everybody who acts has in common.
#[derive(Clone)]
pub(crate) struct Actor {
    streams: Streams,
    durations: Durations,
}

impl Actor {
    pub(super) fn new(streams: &Streams, durations: &Durations) -> Actor {
        Actor { streams: streams.clone(), durations: durations.clone() }
    }

    async fn does(&self, id: OrderId, command: Command) -> Order {
        let trace = Trace::of(CommandId(Uuid::now_v7()));
        let done = self.streams.execute(id, trace, &command, &self.durations.rules()).await;
        done.unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }
}

pub(crate) struct Customer {
    pub(crate) id: CustomerId,
    pub(super) actor: Actor,
}

impl Customer {
    pub(crate) async fn orders(&self, token: &str) -> OrderId {
        self.tries_to_order(token).await.expect("an open store")
    }

    pub(crate) async fn tries_to_order(&self, token: &str) -> Result<OrderId, PlaceError> {
        static KEYS: AtomicU64 = AtomicU64::new(0);
        let placement = Placement {
            customer: self.id.clone(),
            key: format!("key-{}", KEYS.fetch_add(1, Ordering::Relaxed)),
            body_hash: "body".to_owned(),
            store: "s-1".parse().unwrap(),
            basket: Basket {
                items: vec![BasketItem { menu_id: "m-1".to_owned(), quantity: 2, options: vec![] }],
                address: Address { text: "망원동 12길 3".to_owned(), position: HOME_AT },
                note: String::new(),
                payment: PaymentMethod { method: "card".to_owned(), token: token.to_owned() },
            },
        };
        let placed = self.actor.streams.place(placement, &self.actor.durations.rules()).await;
        placed.map(|(order, _)| order.id)
    }

    pub(crate) async fn cancels(&self, id: OrderId) -> Order {
        self.actor.does(id, Command::Cancel { by: self.id.clone() }).await
    }

    /// What she was told, oldest first.
    pub(crate) async fn alerts(&self) -> Vec<String> {
        let alerts = self.actor.streams.alerts(&self.id, 200).await.unwrap();
        alerts.into_iter().rev().map(|alert| alert.text).collect()
    }
}

pub(crate) struct Kitchen {
    pub(crate) id: StoreId,
    pub(super) actor: Actor,
}

impl Kitchen {
    pub(crate) async fn describes_itself(&self, auto_accept: bool) {
        let tteokbokki = MenuItem {
            id: "m-1".to_owned(),
            name: "국물떡볶이".to_owned(),
            price_won: 9_000,
            sold_out: false,
            options: vec![],
        };
        let store = Store {
            id: self.id.clone(),
            name: "달빛분식".to_owned(),
            position: STORE_AT,
            open: true,
            paused: false,
            paused_by: None,
            delivery_radius_meters: 3_000,
            min_total_won: 0,
            open_orders_max: 10_000,
            default_cook_minutes: 15,
            auto_accept,
            menu: vec![tteokbokki],
        };
        self.actor.streams.put_store(&store).await.unwrap();
    }

    fn me(&self) -> StoreId {
        self.id.clone()
    }

    pub(crate) async fn receives(&self, id: OrderId) -> Order {
        self.actor.does(id, Command::ReceiveTicket { by: self.me() }).await
    }

    pub(crate) async fn accepts(&self, id: OrderId) -> Order {
        self.actor.does(id, Command::Accept { by: self.me(), cook_minutes: 15 }).await
    }

    pub(crate) async fn rejects(&self, id: OrderId, reason: RejectReason) -> Order {
        self.actor.does(id, Command::Reject { by: self.me(), reason }).await
    }

    pub(crate) async fn cancels(&self, id: OrderId, reason: CancelReason) -> Order {
        self.actor.does(id, Command::CancelByStore { by: self.me(), reason }).await
    }

    pub(crate) async fn starts(&self, id: OrderId) -> Order {
        self.actor.does(id, Command::StartCook { by: self.me() }).await
    }

    pub(crate) async fn takes_longer(&self, id: OrderId) -> Order {
        self.actor.does(id, Command::DelayCook { by: self.me(), minutes: 10 }).await
    }

    pub(crate) async fn finishes(&self, id: OrderId) -> Order {
        self.actor.does(id, Command::FinishCook { by: self.me() }).await
    }

    /// From a new order to one that waits for a rider.
    pub(crate) async fn cooks(&self, id: OrderId) -> Order {
        self.accepts(id).await;
        self.starts(id).await;
        self.finishes(id).await
    }
}

pub(crate) struct Operator {
    pub(crate) id: OperatorId,
    pub(super) actor: Actor,
}

impl Operator {
    pub(crate) async fn reopens_refund(&self, id: OrderId) -> Order {
        self.actor.does(id, Command::ReopenRefund { by: self.id.clone() }).await
    }

    pub(crate) async fn settles_refund(&self, id: OrderId, reference: &str) -> Order {
        let reference = reference.to_owned();
        self.actor.does(id, Command::SettleRefund { by: self.id.clone(), reference }).await
    }
}

pub(crate) struct Rider {
    pub(crate) id: RiderId,
    pub(super) actor: Actor,
}

impl Rider {
    pub(crate) async fn comes_online(&self) {
        let streams = &self.actor.streams;
        streams.set_online(&self.id, true).await.unwrap();
        let now = streams.now().await.unwrap();
        let here = Fix { point: STORE_AT, heading: None, at: now };
        let outcome = streams.report_location(&self.id, here).await.unwrap();
        assert!(matches!(outcome, LocationOutcome::Noted { .. }), "{outcome:?}");
    }

    pub(crate) async fn reserves(&self, id: OrderId) -> Claim {
        self.actor.streams.reserve(&self.id, id, self.actor.durations.rider_stale).await.unwrap()
    }

    pub(crate) async fn claims(&self, id: OrderId) -> Order {
        let reserved = self.reserves(id).await;
        let Claim::Reserved { from } = reserved else { panic!("{reserved:?}") };
        let order = self.actor.does(id, Command::Claim { by: self.id.clone(), from }).await;
        assert_eq!(order.delivery.state, DeliveryState::Claimed);
        order
    }

    pub(crate) async fn releases(&self, id: OrderId) -> Order {
        let reason = "flat tire".to_owned();
        self.actor.does(id, Command::Release { by: self.id.clone(), reason }).await
    }

    pub(crate) async fn picks(&self, id: OrderId) -> Order {
        self.actor.does(id, Command::Pick { by: self.id.clone(), from: None }).await
    }

    pub(crate) async fn confirms(&self, id: OrderId) -> Order {
        self.actor.does(id, Command::Confirm { by: self.id.clone() }).await
    }

    pub(crate) async fn jobs(&self) -> Vec<OrderId> {
        self.actor.streams.rider(&self.id).await.unwrap().jobs
    }
}
