//! What lies in Redis: read as the streams read it, judged by the domain, shown to everybody.

use std::iter;

use domain::{Order, OrderId, RiderId, Rules, Timestamp, deadline, decide, react};
use serde::Serialize;
use streams::{Entry, PaymentProvider, Position, Stuck, fuzzing};

use crate::channels::News;
use crate::identity::Identity;
use crate::protocol::payload;
use crate::topics::Topic;
use crate::view::{
    AlertView, Audience, DeadLetterView, Eyes, JobView, Offer, OrderStatusView, OrderView,
    PaymentView, ProgressView, StoreView, StuckOrderView, Terms, TicketView, timeline,
};

/// When all of this happens.
const NOW: Timestamp = Timestamp(1_760_000_100_000);
/// Of which order a log is.
const ORDER: &str = "0193a6f0-0000-7003-8000-000000000001";

/// Something that was written to Redis: the first line says what, the others are it. Whether it
/// can be read.
pub(super) fn understood(bytes: &[u8]) -> bool {
    let (kind, rest) = split_line(bytes);
    let text = String::from_utf8_lossy(rest);
    match kind {
        b"log" => {
            let elements: Vec<String> = text.split('\n').map(str::to_owned).collect();
            let Ok(Some(loaded)) = fuzzing::log(order_id(), &elements, NOW) else { return false };
            order(&loaded.order);
            show(&timeline(&loaded.order));
            true
        }
        b"entry" => {
            let position = Position { partition: 3, sequence: 7 };
            let fields = rest.split(|byte| *byte == b'\t').map(<[u8]>::to_vec);
            fuzzing::told(position, fields).is_some_and(|told| entry(&told))
        }
        b"order" => fuzzing::order(rest).map(|it| order(&it)).is_ok(),
        b"store" => fuzzing::store(&text).map(|it| show(&StoreView::from(it))).is_ok(),
        b"status" => fuzzing::status(&text).map(|it| show(&OrderStatusView::from(&it))).is_ok(),
        b"alert" => fuzzing::alert(&text).map(|it| show(&AlertView::from(&it))).is_ok(),
        b"dead" => {
            let mut lines = text.lines().map(str::to_owned);
            let fields = iter::from_fn(|| Some((lines.next()?, lines.next()?))).collect();
            show(&DeadLetterView::from(fuzzing::given_up(fields)));
            true
        }
        b"heard" => fuzzing::heard(rest).is_some(),
        _ => false,
    }
}

/// An entry, told to everybody whom it concerns. Whether it is what it says.
fn entry(entry: &Entry) -> bool {
    let Ok(news) = News::decode(entry) else { return false };
    if let Some(told) = news.order() {
        order(told);
    }
    let all = [None, Some(Eyes::Guest), Some(Eyes::Party(Audience::Operator))];
    for topic in Topic::of(entry) {
        for eyes in all {
            news.publications(&topic, eyes, entry);
        }
    }
    true
}

/// An order, in everybody's eyes.
fn order(order: &Order) {
    for audience in [Audience::Customer, Audience::Store, Audience::Rider, Audience::Operator] {
        show(&OrderView::of(order, audience));
    }
    let rider: RiderId = "r-1".parse().expect("a name");
    let from = order.shop.position;
    show(&TicketView::of(order));
    show(&ProgressView::of(order));
    show(&JobView::of(order, &rider, Some(from)));
    let meters = from.distance_meters(order.shop.position);
    show(&Offer::of(order).on(Terms::of(order, &rider, meters, NOW)));
    show(&PaymentView::recorded(order, PaymentProvider::Simulated));
    show(&StuckOrderView::from(&Stuck { order: order.clone(), owed: react(order), since: NOW }));
    let _ = Identity::Rider(rider).eyes(order);
    if let Some(next) = deadline(order) {
        let _ = decide(order, &next.command, next.at, &Rules::default());
    }
}

fn show(view: &impl Serialize) {
    payload(view);
}

fn order_id() -> OrderId {
    ORDER.parse().expect("an id")
}

fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, &[]),
    }
}
