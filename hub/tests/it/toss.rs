//! What people see of a payment when Toss Payments takes the money, or a server that speaks like it.

use serde_json::json;
use streams::PaymentProvider;

use crate::world::{PARTITIONS, World, basket, eventually, id};

#[path = "../../../workers/tests/it/world/toss.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "the workers' tests use all of it, and fail by it"
)]
mod server;

use server::{SECRET_KEY, TossServer};

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_says_who_took_the_money_and_how_often() {
    let toss = TossServer::start().await;
    let mut world =
        World::without_workers(|config| config.payment_provider = PaymentProvider::Toss).await;
    let mut config = workers::Config::new(world.redis.url(), PARTITIONS);
    config.payment_provider = PaymentProvider::Toss;
    config.toss_url = toss.url.clone();
    config.toss_secret_key = Some(SECRET_KEY.to_owned());
    world.workers = Some(workers::start(config).await.unwrap());

    let placed = world.mina.tries_to_order("k-1", basket("pk_ok")).await.is(201);
    let id = id(&placed.body);
    let path = format!("/payments?orderId={id}");
    let payment = async || world.mina.get(&path).await.is(200).body["payments"][0].clone();
    let expected = json!({
        "orderId": id, "state": "APPROVED", "amountWon": 18_000, "charges": 1, "refunds": 0,
        "provider": "toss",
    });
    assert_eq!(payment().await, expected);

    world.mina.put(&format!("/orders/{id}/cancel"), json!({})).await.is(200);
    eventually("the money is back", async || {
        let paid = payment().await;
        (paid["state"] == "REFUNDED" && paid["refunds"] == 1 && paid["charges"] == 1).then_some(())
    })
    .await;
    let account = toss.account(id.parse().unwrap());
    assert_eq!((account.charges, account.cancels), (1, 1));

    let declined = world.mina.tries_to_order("k-2", basket("pk_rejected")).await;
    declined.problem(402, "payment_declined");
    world.hub.stop().await;
}
