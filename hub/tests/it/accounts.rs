//! Who may ask for what.

use domain::{OrderId, Timestamp};
use reqwest::Method;
use serde_json::json;

use crate::world::{World, answer, http};

const ROLES: [&str; 4] = ["customer", "store", "rider", "operator"];

/// Every path, with those who may use it.
const PATHS: &[(Method, &str, &[&str])] = &[
    (Method::POST, "/orders", &["customer"]),
    (Method::GET, "/orders", &["customer", "store", "operator"]),
    (Method::GET, "/orders/{id}", &ROLES),
    (Method::GET, "/orders/{id}/timeline", &ROLES),
    (Method::PUT, "/orders/{id}/cancel", &["customer"]),
    (Method::POST, "/orders/{id}/problems", &ROLES),
    (Method::GET, "/stores?lat=37&lng=127", &ROLES),
    (Method::GET, "/stores/s-1", &ROLES),
    (Method::PUT, "/stores/s-1", &["store", "operator"]),
    (Method::PUT, "/stores/s-1/pause", &["store"]),
    (Method::PUT, "/stores/s-1/resume", &["store"]),
    (Method::GET, "/storeOrders", &["store"]),
    (Method::PUT, "/storeOrders/{id}/received", &["store"]),
    (Method::PUT, "/storeOrders/{id}/accept", &["store"]),
    (Method::PUT, "/storeOrders/{id}/reject", &["store"]),
    (Method::PUT, "/storeOrders/{id}/startCook", &["store"]),
    (Method::PUT, "/storeOrders/{id}/delay", &["store"]),
    (Method::PUT, "/storeOrders/{id}/finishCook", &["store"]),
    (Method::PUT, "/storeOrders/{id}/undo", &["store"]),
    (Method::PUT, "/storeOrders/{id}/cancel", &["store"]),
    (Method::PUT, "/storeOrders/{id}/acknowledge", &["store"]),
    (Method::PUT, "/riders/me/online", &["rider"]),
    (Method::PUT, "/riders/me/offline", &["rider"]),
    (Method::PUT, "/riders/me/location", &["rider"]),
    (Method::GET, "/deliveries?lat=37&lng=127", &["rider"]),
    (Method::PUT, "/deliveries/{id}/claim", &["rider"]),
    (Method::PUT, "/deliveries/{id}/release", &["rider"]),
    (Method::PUT, "/deliveries/{id}/pick", &["rider"]),
    (Method::PUT, "/deliveries/{id}/confirm", &["rider"]),
    (Method::GET, "/payments?orderId={id}", &["customer", "operator"]),
    (Method::PUT, "/payments/{id}/retryRefund", &["operator"]),
    (Method::PUT, "/payments/{id}/settle", &["operator"]),
    (Method::GET, "/ops/stuck", &["operator"]),
    (Method::PUT, "/ops/orders/{id}/cancel", &["operator"]),
    (Method::PUT, "/ops/orders/{id}/reassign", &["operator"]),
    (Method::PUT, "/ops/orders/{id}/complete", &["operator"]),
    (Method::GET, "/ops/dead", &["operator"]),
    (Method::PUT, "/ops/dead/0-1-1/retry", &["operator"]),
    (Method::GET, "/orderStatuses", &["customer"]),
    (Method::GET, "/logs", &["customer"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_path_knows_its_roles() {
    let world = World::without_workers(|_| ()).await;
    let nowhere = OrderId::new(Timestamp(1), 0, 1).to_string();
    let people = [&world.mina, &world.kitchen, &world.rider, &world.operator];
    for (method, path, allowed) in PATHS {
        let path = path.replace("{id}", &nowhere);
        for (role, person) in ROLES.iter().zip(people) {
            let answer = answer(person.request(method.clone(), &path)).await;
            match allowed.contains(role) {
                true => assert!(![401, 403, 405].contains(&answer.status), "{role} {path}"),
                false => assert_eq!(answer.status, 403, "{role} {method} {path}"),
            }
        }
        let nobody = world.mina.with_token("");
        let unknown = answer(nobody.request(method.clone(), &path)).await;
        let unknown = unknown.problem(401, "unauthenticated");
        assert_eq!(unknown.headers["www-authenticate"], "Bearer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn development_tokens_are_only_there_when_asked_for() {
    let world = World::without_workers(|_| ()).await;
    let wishes = [
        (json!({"role": "customer", "sub": "a b"}), "/sub"),
        (json!({"role": "cook", "sub": "c-1"}), "/role"),
        (json!({"role": "store", "sub": "u-1"}), "/storeId"),
    ];
    for (wish, pointer) in wishes {
        world.mina.post("/dev/tokens", wish).await.invalid_at(pointer);
    }
    let mut config =
        hub::Config::new(world.redis.url(), crate::world::PARTITIONS, crate::world::SECRET);
    config.dev_tokens = false;
    let strict = crate::world::start_hub(config).await;
    let url = format!("http://{}/dev/tokens", strict.local_addr());
    let wish = json!({"role": "customer", "sub": "c-1"});
    let refused = answer(http().post(url).json(&wish)).await;
    refused.problem(404, "not_found");
}
