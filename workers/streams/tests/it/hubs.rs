//! How many hubs there are, and what they carry.

use std::time::Duration;

use streams::Hubs;

use crate::world::*;

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn hubs_know_what_all_of_them_carry() {
    let world = World::new().await;
    let beat =
        async |hub, connections| world.streams.note_hub(hub, connections, LONG).await.unwrap();
    assert_eq!(beat("a", 300).await, Hubs { count: 1, connections: 300 });
    assert_eq!(beat("b", 0).await, Hubs { count: 2, connections: 300 });
    assert_eq!(beat("a", 200).await, Hubs { count: 2, connections: 200 });
    world.streams.forget_hub("a").await.unwrap();
    world.streams.forget_hub("a").await.unwrap();
    assert_eq!(beat("b", 100).await, Hubs { count: 1, connections: 100 });
}

#[tokio::test]
async fn a_hub_that_says_nothing_is_forgotten() {
    let world = World::new().await;
    let silent_max = Duration::from_millis(200);
    world.streams.note_hub("dead", 300, silent_max).await.unwrap();
    eventually("the dead hub is forgotten", async || {
        let hubs = world.streams.note_hub("alive", 10, silent_max).await.unwrap();
        (hubs == Hubs { count: 1, connections: 10 }).then_some(())
    })
    .await;
    eventually("nothing is left of hubs that are gone", async || {
        let keys: Vec<String> = world.raw(&["KEYS", "hubs:*"]).await;
        keys.is_empty().then_some(())
    })
    .await;
}
