//! News to many listeners, from an entry of a feed to the frames of their sockets, without Redis
//! and without a network: for those who count what it costs, and find the same each time.

use std::sync::Arc;
use std::time::Duration;

use domain::{
    Actor, Address, CommandId, DeliveryState, Event, Item, Order, OrderId, PaymentMethod, Point,
    Recorded, Request, Shop, State, Timestamp, fold,
};
use streams::{Entry, Kind, Position};
use uuid::Uuid;

use crate::channels::Subject;
use crate::identity::Identity;
use crate::latency::Stamp;
use crate::nearby::Crowd;
use crate::protocol::Encoding;
use crate::session::{FRAME_BYTES, Outbox};
use crate::topics::{Listener, Listing, Topic, Topics};

/// When all of this happens.
const NOW: Timestamp = Timestamp(1_760_000_100_000);
const STORE: &str = "s-1";
const PLACE: Point = Point { lat: 37.5540, lng: 126.9101 };

/// What everybody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A ticket of a board: the same to all of them.
    Board,
    /// A job near riders: to each with their own distance.
    Job,
}

/// Listeners with outboxes that nobody but this empties.
pub struct Rehearsal {
    outboxes: Vec<Arc<Outbox>>,
    stage: Stage,
}

enum Stage {
    Board { topics: Topics, ticket: Box<Entry>, _listings: Vec<Listing> },
    Job { crowd: Box<Crowd>, job: Box<Order> },
}

impl Rehearsal {
    /// So many who listen.
    pub fn of(occasion: Occasion, listeners: usize) -> Rehearsal {
        let outboxes: Vec<Arc<Outbox>> = (0..listeners).map(|_| Arc::default()).collect();
        let stage = match occasion {
            Occasion::Board => board(&outboxes),
            Occasion::Job => job(&outboxes),
        };
        Rehearsal { outboxes, stage }
    }

    /// Tells them something, so many times before anybody reads. Returns how many bytes they were
    /// written.
    pub fn tell(&mut self, times: usize) -> usize {
        for _ in 0..times {
            let stamp = Stamp::of_age(Duration::ZERO);
            match &mut self.stage {
                Stage::Board { topics, ticket, .. } => {
                    ticket.position.sequence += 1;
                    topics.publish(ticket, stamp);
                }
                Stage::Job { crowd, job } => crowd.hear(job, stamp),
            }
        }
        if let Stage::Job { crowd, .. } = &mut self.stage {
            crowd.deliver();
        }
        self.outboxes.iter().map(|outbox| written(outbox)).sum()
    }
}

/// All that waits, in frames.
fn written(outbox: &Outbox) -> usize {
    let mut bytes = 0;
    loop {
        let mut batch = outbox.take(FRAME_BYTES);
        if batch.messages.is_empty() {
            return bytes;
        }
        bytes += Encoding::Json.join(&mut batch.messages).len();
    }
}

fn board(outboxes: &[Arc<Outbox>]) -> Stage {
    let topics = Topics::default();
    let id = STORE.parse().expect("a name");
    let topic = Topic::Store(id);
    let listen = |(index, outbox): (usize, &Arc<Outbox>)| {
        let user = format!("u-{index}").into();
        let identity = Identity::Store { id: STORE.parse().expect("a name"), user };
        topics.listen(topic.clone(), listener(identity, Subject::Store, outbox))
    };
    let listings = outboxes.iter().enumerate().map(listen).collect();
    let mut order = order();
    order.state = State::Accepted;
    order.placed_at = Some(NOW);
    Stage::Board { topics, ticket: Box::new(entry(&order)), _listings: listings }
}

fn job(outboxes: &[Arc<Outbox>]) -> Stage {
    let riders = outboxes.iter().enumerate().map(|(index, outbox)| {
        let rider: domain::RiderId = format!("r-{index}").parse().expect("a name");
        (rider.clone(), listener(Identity::Rider(rider), Subject::Nearby, outbox))
    });
    let crowd = Box::new(Crowd::at(PLACE, NOW, riders));
    let mut order = order();
    order.state = State::Cooked;
    order.delivery.state = DeliveryState::Open;
    Stage::Job { crowd, job: Box::new(order) }
}

fn listener(identity: Identity, subject: Subject, outbox: &Arc<Outbox>) -> Arc<Listener> {
    let listener = Listener::new(Arc::new(identity), Encoding::Json, subject, outbox.clone());
    listener.open(0).expect("nothing has ended it");
    listener
}

fn order() -> Order {
    let item = |id: &str, name: &str| Item {
        menu_id: id.to_owned(),
        name: name.to_owned(),
        options: vec!["보통맛".to_owned()],
        quantity: 2,
        price_won: 9_000,
    };
    let request = Request {
        number: 1_042,
        customer: "c-1".parse().expect("a name"),
        shop: Shop {
            id: STORE.parse().expect("a name"),
            name: "달빛분식".to_owned(),
            position: PLACE,
        },
        items: vec![item("m-1", "국물떡볶이"), item("m-2", "모둠튀김")],
        total_won: 36_000,
        address: Address { text: "서울 마포구 와우산로 1".to_owned(), position: PLACE },
        note: "문 앞에 두세요".to_owned(),
        payment: PaymentMethod { method: "card".to_owned(), token: "t".to_owned() },
        check_at: NOW,
        fee_won: 3_000,
        meters: 900,
        pickup_millis: 300_000,
        ride_millis: 600_000,
    };
    let recorded = Recorded {
        at: NOW,
        by: Actor::System,
        command: CommandId(Uuid::nil()),
        cause: None,
        event: Event::OrderRequested(Box::new(request)),
    };
    fold(OrderId::new(NOW, 0, 1), [&recorded]).expect("every log begins like this")
}

fn entry(order: &Order) -> Entry {
    Entry {
        position: Position { partition: 0, sequence: 0 },
        epoch: "e".to_owned(),
        kind: Kind::Order,
        order: Some(order.id),
        store: Some(order.shop.id.clone()),
        customer: Some(order.customer.clone()),
        rider: None,
        previous_rider: None,
        order_before: None,
        store_before: None,
        version: order.version,
        events: "OrderAccepted".to_owned(),
        at: NOW,
        micros: 0,
        trace: None,
        body: serde_json::to_vec(order).expect("an order is JSON").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What grows with what is told, and not with how many are told: rendering, and room for it.
    const COMMON_MAX: u64 = 20;

    fn allocations(occasion: Occasion, listeners: usize, times: usize) -> u64 {
        let mut rehearsal = Rehearsal::of(occasion, listeners);
        // What is made once is there by now.
        assert!(rehearsal.tell(1) > 200 * listeners, "everybody is told");
        allocation_counter::measure(|| _ = rehearsal.tell(times)).count_total
    }

    #[test]
    fn nothing_is_allocated_for_each_who_is_told_the_same() {
        let [few, many] = [100, 1_000].map(|it| allocations(Occasion::Board, it, 1));
        assert!(many <= few + COMMON_MAX, "{few} for 100, {many} for 1 000");
    }

    #[test]
    fn of_a_job_only_its_own_text_is_allocated_for_each() {
        let [few, many] = [100, 1_000].map(|it| allocations(Occasion::Job, it, 1));
        assert!(many <= few + 900 + COMMON_MAX, "{few} for 100, {many} for 1 000");
    }

    #[test]
    fn what_waits_for_somebody_costs_a_queue_and_a_frame() {
        let [few, many] = [100, 1_000].map(|it| allocations(Occasion::Board, it, 16));
        // The queue, what is taken of it, and the frame in which it is joined.
        assert!(many <= few + 3 * 900 + COMMON_MAX, "{few} for 100, {many} for 1 000");
    }
}
