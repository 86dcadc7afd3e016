//! What was read of a primary whose replica has taken over without it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use domain::{Actor, Command, CommandId, Event, OrderId, Recorded, Rules, Trace};
use uuid::Uuid;

use super::Appended;
use super::steps::{START, request, store};
use crate::{PrivateRedis, RedisSettings, Streams};

#[tokio::test]
async fn nobody_builds_on_it_or_vouches_for_it() {
    let old = PrivateRedis::start(None).await.unwrap();
    let new = PrivateRedis::start(None).await.unwrap();
    new.follow(old.port()).await;
    new.catch_up(&old).await;
    let of_old = Streams::open(old.url(), 1).await.unwrap();
    let id = OrderId::new(START, 0, 1);
    let Appended::Done(begun) = begin(&of_old, id).await else { panic!("it is the first") };
    new.catch_up(&old).await;
    new.promote().await;
    let third = PrivateRedis::start(None).await.unwrap();
    third.follow(new.port()).await;
    third.catch_up(&new).await;

    // The old one goes on as if nothing had been, and each has a second event of its own.
    let settings =
        RedisSettings { durability: "wait:1:1000".parse().unwrap(), ..RedisSettings::default() };
    let of_new = Streams::open_with(new.url(), 1, &settings).await.unwrap();
    let lost = decline(&of_old, id).await;
    assert!(!of_new.confirm_order(&lost).await.unwrap());
    let kept = decline(&of_new, id).await;
    assert_eq!((lost.version, kept.version), (begun.version + 1, begun.version + 1));

    assert!(!of_new.confirm_order(&lost).await.unwrap());
    let next = [recorded(Event::TicketAcknowledged)];
    let built = of_new.append(id, Some(&lost), &next).await.unwrap();
    assert!(matches!(built, Appended::Conflict), "{built:?}");
    assert!(of_new.confirm_order(&kept).await.unwrap());
    let loaded = of_new.load_confirmed(id).await.unwrap().unwrap();
    assert_eq!(loaded.order, kept);
}

#[tokio::test]
async fn an_order_begins_only_in_the_epoch_of_its_offer() {
    let mut redis = PrivateRedis::start(None).await.unwrap();
    let streams = Streams::open(redis.url(), 1).await.unwrap();
    let before = streams.feed_state(0).await.unwrap().epoch;
    redis.restart(false).await;
    while streams.ping().await.is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let id = OrderId::new(START, 0, 1);
    let request = [recorded(request(store(0)))];
    let late = streams.append_first(&before, id, &request).await.unwrap();
    assert!(matches!(late, Appended::Conflict), "{late:?}");
    assert_eq!(streams.load(id).await.unwrap(), None);
    let now = streams.feed_state(0).await.unwrap().epoch;
    let begun = streams.append_first(&now, id, &request).await.unwrap();
    assert!(matches!(begun, Appended::Done(_)), "{begun:?}");
}

async fn begin(streams: &Streams, id: OrderId) -> Appended {
    streams.append(id, None, &[recorded(request(store(0)))]).await.unwrap()
}

async fn decline(streams: &Streams, id: OrderId) -> domain::Order {
    let trace = Trace { command: CommandId(Uuid::now_v7()), cause: None };
    let command = Command::DeclinePayment { reason: "no".into() };
    streams.execute(id, trace, &command, &Rules::default()).await.unwrap()
}

fn recorded(event: Event) -> Recorded {
    let command = CommandId(Uuid::now_v7());
    Recorded { at: START, by: Actor::System, command, cause: None, event }
}
