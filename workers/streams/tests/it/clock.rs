//! What is due, and what may go.

use std::time::Duration;

use domain::Rules;
use streams::Inbox;

use crate::world::*;

#[tokio::test]
async fn an_order_is_due_when_its_deadline_has_come() {
    let mut world = World::new().await;
    let waiting = world.mina_orders("1").await;
    world.rules = Rules { payment_reconcile: Duration::ZERO, ..Rules::default() };
    let due = world.mina_orders("2").await;
    let partition = due.id.partition();
    let found = world.streams.due(partition, 10).await.unwrap();
    assert_eq!(found.orders, [due.id]);
    assert!(found.now >= due.payment.check_at.unwrap());
    assert!(found.now < waiting.payment.check_at.unwrap());
    assert_eq!(world.streams.due(partition, 0).await.unwrap().orders, []);

    world.streams.forget_due(due.id, due.version + 1).await.unwrap();
    assert_eq!(world.streams.due(partition, 10).await.unwrap().orders, [due.id], "it has changed");
    world.happen(due.id, [approve()]).await;
    assert_eq!(world.streams.due(partition, 10).await.unwrap().orders, []);
}

#[tokio::test]
async fn an_index_entry_without_a_deadline_can_be_forgotten() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    let order = world.happen(order.id, happy_path()).await;
    let partition = order.id.partition();
    let feed: Vec<String> = world.raw(&["KEYS", "sequence:*"]).await;
    let due = feed[0].replace("sequence", "due");
    let _: u64 = world.raw(&["ZADD", &due, "1", &order.id.to_string()]).await;
    assert_eq!(world.streams.due(partition, 10).await.unwrap().orders, [order.id]);
    world.streams.forget_due(order.id, order.version).await.unwrap();
    assert_eq!(world.streams.due(partition, 10).await.unwrap().orders, []);
}

#[tokio::test]
async fn nothing_that_a_group_still_needs_is_trimmed() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    world.happen(order.id, happy_path()).await;
    let partition = order.id.partition();
    let top = world.streams.feed_top(partition).await.unwrap().sequence;
    let trim = async || world.streams.trim(partition, Duration::ZERO).await.unwrap();
    assert_eq!(trim().await, 0, "nobody has read anything");

    let hour = Duration::from_secs(3_600);
    let mut slow = Inbox::open(&world.streams, "b-slow", "a".into(), hour).await.unwrap();
    let mut all = Vec::new();
    // One before and one after the slow group, in whichever order Redis has them.
    for group in ["a-fast", "c-fast"] {
        let mut fast = Inbox::open(&world.streams, group, "a".into(), hour).await.unwrap();
        all.clear();
        let reading = async {
            while all.len() < top as usize {
                all.extend(fast.next(64).await);
            }
        };
        soon("all entries", reading).await;
        for delivery in &all {
            fast.acknowledger().ack(delivery).await.unwrap();
        }
    }
    assert_eq!(trim().await, 0, "one group has read nothing");

    let mut held = Vec::new();
    let reading = async {
        while held.len() < 6 {
            held.extend(slow.next(4).await);
        }
    };
    soon("six entries", reading).await;
    // All but the third: what comes after it is done, and still has to stay.
    let third = held.remove(2);
    assert_eq!(third.entry.position.sequence, 3);
    for delivery in &held {
        slow.acknowledger().ack(delivery).await.unwrap();
    }
    let old = async || (world.streams.now().await.ok()? > all[1].entry.at).then_some(());
    eventually("the second entry is older than now", old).await;
    assert_eq!(world.streams.trim(partition, hour).await.unwrap(), 0, "everything is young");
    assert_eq!(trim().await, 2);
    assert_eq!(trim().await, 0);
    let rest = world.streams.recent(partition, usize::MAX).await.unwrap();
    assert_eq!(rest.first().unwrap().position.sequence, 3);
    assert_eq!(rest.last().unwrap().position.sequence, top);
}

#[tokio::test]
async fn what_waits_for_a_group_is_what_it_was_not_given_and_what_it_has_not_finished() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    world.happen(order.id, happy_path()).await;
    let partition = order.id.partition();
    let top = world.streams.feed_top(partition).await.unwrap().sequence;
    assert_eq!(world.streams.backlogs((partition + 1) % PARTITIONS).await.unwrap(), []);

    let hour = Duration::from_secs(3_600);
    let mut inbox = Inbox::open(&world.streams, "slow", "a".into(), hour).await.unwrap();
    let backlog = async || {
        let [backlog] = world.streams.backlogs(partition).await.unwrap().try_into().unwrap();
        assert_eq!(backlog.group, "slow");
        (backlog.unread, backlog.unfinished)
    };
    assert_eq!(backlog().await, (top, 0));
    let mut held = Vec::new();
    let reading = async {
        while held.len() < 3 {
            held.extend(inbox.next(3 - held.len()).await);
        }
    };
    soon("three entries", reading).await;
    assert_eq!(backlog().await, (top - 3, 3));
    inbox.acknowledger().ack(&held[0]).await.unwrap();
    assert_eq!(backlog().await, (top - 3, 2));
}
