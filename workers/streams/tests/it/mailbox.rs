//! Messages from hub to hub.

use streams::{HubId, Mailbox};
use tokio::sync::mpsc;

use crate::world::*;

/// Opens the mailbox of a hub, and waits until others reach it.
async fn opened(world: &World) -> (HubId, Mailbox, mpsc::UnboundedReceiver<Vec<u8>>) {
    let hub = HubId::random();
    let (sender, messages) = mpsc::unbounded_channel();
    let mailbox = Mailbox::open(&world.streams, hub, move |message| {
        let _ = sender.send(message);
    });
    eventually("an open mailbox", async || mailbox.is_open().then_some(())).await;
    (hub, mailbox, messages)
}

#[tokio::test]
async fn a_message_reaches_its_hub_once_and_a_hub_that_is_gone_is_missed() {
    let world = World::new().await;
    let (here, _mailbox, mut messages) = opened(&world).await;
    let (there, other, mut others) = opened(&world).await;
    for message in [&b"one\n\0"[..], &[], &[7; 65_536]] {
        assert!(world.streams.send_to_hub(here, message).await.unwrap());
        assert_eq!(soon("a message", messages.recv()).await.unwrap(), message);
    }
    assert!(messages.try_recv().is_err() && others.try_recv().is_err());

    assert!(!world.streams.send_to_hub(HubId::random(), b"nobody").await.unwrap());
    drop(other);
    eventually("a closed mailbox", async || {
        let is_there = world.streams.send_to_hub(there, b"gone").await.unwrap();
        (!is_there).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_mailbox_survives_redis_and_says_when_it_is_shut() {
    let mut world = World::new().await;
    let (hub, mailbox, mut messages) = opened(&world).await;
    for is_crash in [true, false] {
        world.redis.restart(is_crash).await;
        eventually("a message", async || {
            let _ = world.streams.send_to_hub(hub, b"still there").await;
            messages.try_recv().ok()
        })
        .await;
        eventually("an open mailbox", async || mailbox.is_open().then_some(())).await;
    }
    let World { redis, streams, .. } = world;
    redis.stop().await;
    eventually("a shut mailbox", async || (!mailbox.is_open()).then_some(())).await;
    assert!(streams.send_to_hub(hub, b"lost").await.is_err());
}
