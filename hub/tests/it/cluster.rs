//! Dinner on a Redis Cluster: an order, its workers and those who watch it, while a primary dies
//! and while slots move.

use serde_json::{Value, json};
use streams::{PrivateCluster, RedisSettings};

use crate::line::Line;
use crate::world::{Answer, PARTITIONS, World, eventually};

/// A world on a cluster where nothing is acknowledged that a replica does not have.
async fn town() -> World<PrivateCluster> {
    let cluster = PrivateCluster::start().await.expect("these tests need redis-server");
    let url = cluster.url();
    let durability = "wait:1:500".parse().expect("a setting");
    let change = |config: &mut hub::Config| {
        config.redis = RedisSettings { durability, redis_ca: None };
    };
    World::at(cluster, &url, change).await
}

/// Asks until the hub knows: while nobody has the slot it says so, and to come back.
async fn insists(what: &str, ask: impl AsyncFn() -> Answer) -> Answer {
    eventually(what, async || {
        let answer = ask().await;
        if answer.status == 503 {
            assert!(answer.headers.contains_key("retry-after"), "{answer:?}");
            return None;
        }
        Some(answer)
    })
    .await
}

async fn subscribe(line: &mut Line, id: &str) -> Value {
    let reply = line.ask("subscribe", json!({"channel": format!("order:{id}")})).await;
    reply["subscribe"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn dinner_is_served_although_a_primary_dies() {
    let mut world = town().await;
    let id = world.mina.orders("k-1").await;
    let partition = id.parse::<domain::OrderId>().expect("an id").partition();
    let mut line = Line::connect(world.hub.local_addr(), &world.mina.token).await;
    let before = subscribe(&mut line, &id).await;
    assert_eq!(before["data"]["order"]["state"], "PLACED");
    world.kitchen.put(&format!("/storeOrders/{id}/accept"), json!({})).await.is(200);
    let news = line.publication(&format!("order:{id}")).await;
    assert_eq!(news["data"]["order"]["state"], "ACCEPTED");

    let primary = world.redis.primary_of(world.streams.slot(partition)).await;
    world.redis.kill(primary).await;
    // The replica has everything, but nobody can know that: whoever watched looks again.
    let is_end = |it: &Value| it["push"]["unsubscribe"]["code"] == 2500;
    line.until(is_end).await;
    world.redis.revive(primary).await;
    let again = insists_to_follow(&mut line, &id).await;
    assert_ne!(again["epoch"], before["epoch"]);
    assert_eq!(again["data"]["order"]["state"], "ACCEPTED");
    for step in ["startCook", "finishCook"] {
        let path = format!("/storeOrders/{id}/{step}");
        insists(step, async || world.kitchen.put(&path, json!({})).await).await.is(200);
    }
    let rider = world.rider_at_the_store("r-jun").await;
    for step in ["claim", "pick", "confirm"] {
        let path = format!("/deliveries/{id}/{step}");
        insists(step, async || rider.put(&path, json!({})).await).await.is(200);
    }
    let is_delivered = |order: &Value| order["state"] == "DELIVERED";
    let is_served = |it: &Value| is_delivered(&it["push"]["pub"]["data"]["order"]);
    // Each partition that began anew may be a reason to look again.
    while !is_served(&line.until(|it| is_end(it) || is_served(it)).await) {
        if is_delivered(&insists_to_follow(&mut line, &id).await["data"]["order"]) {
            break;
        }
    }
    world.ends().await;
}

async fn insists_to_follow(line: &mut Line, id: &str) -> Value {
    eventually("somebody may follow the order again", async || {
        let reply = subscribe(line, id).await;
        reply.is_object().then_some(reply)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn dinner_is_served_while_all_slots_move() {
    let world = town().await;
    let slots = (0..PARTITIONS).map(|partition| world.streams.slot(partition));
    let moving = async {
        for slot in slots {
            let to = (world.redis.primary_of(slot).await + 1) % 3;
            world.redis.move_slot(slot, to).await;
        }
    };
    let dining = async {
        let mut ids = Vec::new();
        for n in 0..10 {
            let order = async || {
                world.mina.tries_to_order(&format!("k-{n}"), crate::world::basket("tok_ok")).await
            };
            let id = crate::world::id(&insists("an order", order).await.body);
            let place = eventually("it is paid for", async || {
                let order =
                    insists("a look", async || world.mina.get(&format!("/orders/{id}")).await);
                (order.await.is(200).body["state"] == "PLACED").then_some(id.clone())
            });
            ids.push(place.await);
        }
        ids
    };
    let ((), ids) = tokio::join!(moving, dining);
    for id in ids {
        for step in ["accept", "startCook", "finishCook"] {
            let path = format!("/storeOrders/{id}/{step}");
            insists(step, async || world.kitchen.put(&path, json!({})).await).await.is(200);
        }
    }
    world.ends().await;
}
