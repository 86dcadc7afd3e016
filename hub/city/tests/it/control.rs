//! The city's own paths, over HTTP.

use city::City;
use city::client::{Client, Error};
use city::people::{Person, Role};
use city::troubles::Trouble;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A city whose paths are served, and somebody who asks.
async fn serve() -> (City, Client) {
    let city = City::new(20_261_122, 6, usize::MAX).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::new(&format!("http://{}", listener.local_addr().unwrap()), "");
    let routes = city::control::routes(city.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (city, client)
}

fn status_and_code(error: &Error) -> (u16, &str) {
    let problem = error.problem().expect("a problem document");
    (problem.status, &problem.code)
}

#[tokio::test]
async fn the_city_says_how_fast_it_lives_and_who_is_on_stage() {
    let (_, client) = serve().await;
    let city: Value = client.get("/city").await.unwrap();
    let stage = json!({ "customerId": "c-1", "storeId": "s-1", "riderId": "r-1" });
    let expected = json!({ "name": "데모 동네", "speed": 6, "stage": stage, "people": 60, "takenOver": [], "troubles": [] });
    assert_eq!(city, expected);
}

#[tokio::test]
async fn the_speed_is_1_or_6_or_20() {
    let (city, client) = serve().await;
    let changed: Value = client.put("/city/speed", &json!({ "speed": 20 })).await.unwrap();
    assert_eq!((changed["speed"].as_u64(), city.tempo.speed()), (Some(20), 20));
    for body in [json!({ "speed": 7 }), json!({ "speed": "fast" }), json!({})] {
        let refused = client.put::<Value>("/city/speed", &body).await.unwrap_err();
        assert_eq!(status_and_code(&refused), (422, "invalid"));
    }
    assert_eq!(city.tempo.speed(), 20);
}

#[tokio::test]
async fn a_person_is_taken_over_and_given_back() {
    let (city, client) = serve().await;
    let rider = Person::new(Role::Rider, "r-1");
    let path = "/city/people/rider/r-1";
    let taken: Value = client.put(path, &json!({ "by": "you" })).await.unwrap();
    assert_eq!(
        (&taken["takenOver"], city.cast.is_taken_over(&rider)),
        (&json!(["rider:r-1"]), true)
    );
    let given: Value = client.put(path, &json!({ "by": "city" })).await.unwrap();
    assert_eq!((&given["takenOver"], city.cast.is_taken_over(&rider)), (&json!([]), false));
}

#[tokio::test]
async fn nobody_is_taken_over_who_does_not_live_here() {
    let (_, client) = serve().await;
    for path in ["/city/people/rider/r-99", "/city/people/mayor/c-1"] {
        let refused = client.put::<Value>(path, &json!({ "by": "you" })).await.unwrap_err();
        assert_eq!(status_and_code(&refused), (404, "not_found"));
    }
    let path = "/city/people/customer/c-1";
    let refused = client.put::<Value>(path, &json!({ "by": "nobody" })).await.unwrap_err();
    assert_eq!(status_and_code(&refused), (422, "invalid"));
}

#[tokio::test]
async fn a_trouble_shows_while_it_lasts() {
    let (city, client) = serve().await;
    let made: Value = client.put("/city/troubles/riderSilent", &json!({})).await.unwrap();
    assert_eq!(made["city"]["troubles"], json!(["riderSilent"]));
    assert!(made["outcome"]["lastsSeconds"].as_f64().unwrap() > 10.0);
    assert!(city.troubles.is_on(Trouble::RiderSilent));
}

#[tokio::test]
async fn nobody_makes_trouble_that_does_not_exist_or_for_a_human_or_without_a_hub() {
    let (city, client) = serve().await;
    let rider = Person::new(Role::Rider, "r-1");
    city.cast.take_over(rider);
    let refusals = [
        ("earthquake", (404, "not_found")),
        ("riderSilent", (409, "not_yours")),
        ("cookLate", (503, "unavailable")),
    ];
    for (trouble, expected) in refusals {
        let path = format!("/city/troubles/{trouble}");
        let refused = client.put::<Value>(&path, &json!({})).await.unwrap_err();
        assert_eq!(status_and_code(&refused), expected, "{trouble}");
    }
    assert!(city.troubles.ongoing().is_empty());
}

#[tokio::test]
async fn the_map_is_served() {
    let (_, client) = serve().await;
    let map: Value = client.get("/map/base.json").await.unwrap();
    assert!(map["areas"]["building"].as_array().unwrap().len() > 100);
}
