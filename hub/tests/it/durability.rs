//! `DURABILITY=wait` as apps meet it: what too few replicas have is neither done nor refused, and
//! whoever asks again under the same key is told what is true.

use domain::{Command, OrderId};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use streams::{PrivateRedis, RedisSettings, Streams};

use crate::scene::{PARTITIONS, Scene, token};
use crate::world::{basket, eventually, http};

async fn asks(
    scene: &Scene,
    method: Method,
    path: &str,
    key: &str,
    body: Value,
) -> (StatusCode, Value) {
    let url = format!("http://{}{path}", scene.hub(0));
    let request = http().request(method, url).bearer_auth(token("customer", "mina", 600));
    let answer: Response =
        request.header("idempotency-key", key).json(&body).send().await.expect("the hub is there");
    let status = answer.status();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        assert!(answer.headers().contains_key("retry-after"), "{answer:?}");
    }
    (status, answer.json().await.expect("answers are JSON"))
}

/// Asks again and again, as apps do, for as long as nobody knows.
async fn told(ask: impl AsyncFn() -> (StatusCode, Value)) -> (StatusCode, Value) {
    eventually("somebody knows", async || {
        let answer = ask().await;
        (answer.0 != StatusCode::SERVICE_UNAVAILABLE).then_some(answer)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_was_heard_of_and_no_replica_has_is_not_told() {
    let mut scene = Scene::with_hubs(0).await;
    scene
        .add_hub_with(|config| {
            config.redis.durability = "wait:1:500".parse().expect("a setting");
            config.durations.payment_answer = std::time::Duration::from_secs(30);
            config.durations.payment_reconcile = std::time::Duration::from_secs(60);
        })
        .await;
    let replica = PrivateRedis::start(None).await.expect("redis-server is installed");
    replica.follow(scene.redis.port()).await;
    replica.catch_up(&scene.redis).await;
    let durability = "wait:1:1000".parse().expect("a setting");
    let settings = RedisSettings { durability, ..RedisSettings::default() };
    let lasting = Streams::open_with(scene.redis.url(), PARTITIONS, &settings).await;
    let lasting = lasting.expect("it answers");
    let mut basket = basket("tok_ok");
    basket["items"][0]["options"] = json!([]);
    let place = async || asks(&scene, Method::POST, "/orders", "k-1", basket.clone()).await;
    let pays = async || {
        let placed = eventually("it is placed", async || {
            let page = scene.streams.orders_of_everybody(None, None, 10).await;
            page.expect("Redis answers").orders.pop()
        });
        let placed = placed.await;
        // What comes after it lasts, so the hub knows that it does.
        assert!(lasting.confirm_order(&placed).await.expect("there is a replica"));
        replica.promote().await;
        let approval = "a-1".to_owned();
        scene.does(placed.id, Command::ConfirmPayment { approval }).await
    };
    let ((status, order), paid) = tokio::join!(told(&place), pays());
    assert_eq!(paid.state, domain::State::Placed);
    assert_eq!((status, &order["state"]), (StatusCode::ACCEPTED, &json!("PAYMENT_PENDING")));

    replica.follow(scene.redis.port()).await;
    let (status, order) = told(&place).await;
    assert_eq!((status, &order["state"]), (StatusCode::CREATED, &json!("PLACED")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_acknowledged_is_once_the_same_is_asked_again() {
    let mut scene = Scene::with_hubs(0).await;
    scene
        .add_hub_with(|config| {
            config.redis.durability = "wait:1:500".parse().expect("a setting");
            config.durations.payment_answer = std::time::Duration::from_millis(10);
        })
        .await;
    let mut basket = basket("tok_ok");
    basket["items"][0]["options"] = json!([]);
    let place = async || asks(&scene, Method::POST, "/orders", "k-1", basket.clone()).await;
    for _ in 0..2 {
        let (status, problem) = place().await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{problem}");
        assert_eq!(problem["code"], "unavailable");
    }

    let replica = PrivateRedis::start(None).await.expect("redis-server is installed");
    replica.follow(scene.redis.port()).await;
    let (status, order) = told(&place).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{order}");
    let id: OrderId = order["id"].as_str().expect("an id").parse().expect("an id");
    assert_eq!(told(&place).await.1["id"], order["id"]);
    let page = scene.streams.orders_of_everybody(None, None, 10).await.expect("Redis answers");
    assert_eq!(page.orders.iter().map(|it| it.id).collect::<Vec<_>>(), [id], "there is one");

    // The replica goes, and a command is carried out that nobody may be told of.
    replica.promote().await;
    let path = format!("/orders/{id}/cancel");
    let cancel = async |key| asks(&scene, Method::PUT, &path, key, json!({})).await;
    // Under its own key, and under none that was used before: it is canceled already.
    for key in ["c-1", "c-1", "c-2"] {
        assert_eq!(cancel(key).await.0, StatusCode::SERVICE_UNAVAILABLE, "{key}");
    }
    replica.follow(scene.redis.port()).await;
    let (status, canceled) = told(async || cancel("c-1").await).await;
    assert_eq!(status, StatusCode::OK, "{canceled}");
    assert_eq!(canceled["state"], "CANCELED");
    let steps = canceled["timeline"].as_array().expect("steps");
    let times = steps.iter().filter(|step| step["event"] == "OrderCanceled").count();
    assert_eq!(times, 1, "{steps:?}");
    let again = told(async || cancel("c-2").await).await.1;
    assert_eq!(again["version"], canceled["version"]);
    // What was acknowledged is what whoever takes over has.
    replica.catch_up(&scene.redis).await;
    replica.promote().await;
    let theirs = Streams::open(replica.url(), PARTITIONS).await;
    let loaded = theirs.expect("it answers").load(id).await.expect("it answers");
    assert_eq!(loaded.expect("it is there").order.state, domain::State::Canceled);
}
