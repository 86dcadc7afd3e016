//! Whoever has the link to Mina's order sees how far it is, and nothing else of it or of anything.

use serde_json::{Value, json};

use super::Operation;
use super::stage::{ADDRESS, JUN, MINA, NOTE, Stage, Stranger};
use crate::line::Line;
use crate::world::answer;

/// Everything that a guest is shown of an order, and of a step of it.
const SHOWN: [&str; 11] = [
    "cookDueAt",
    "delivery",
    "eta",
    "id",
    "label",
    "number",
    "placedAt",
    "state",
    "store",
    "timeline",
    "version",
];
const STEP: [&str; 2] = ["at", "event"];

fn assert_silent(what: &str, text: &str) {
    for secret in [ADDRESS, NOTE, MINA, JUN, "국물떡볶이", "totalWon", "customerId"] {
        assert!(!text.contains(secret), "{what} told a guest {secret}: {text}");
    }
}

fn names(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        value.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// Somebody to whom Mina has sent the link.
async fn guest(stage: &Stage) -> Stranger {
    let path = format!("/orders/{}/share", stage.order);
    let share = stage.world.mina.post(&path, json!({})).await.is(200).body;
    let token = share["token"].as_str().expect("a token");
    Stranger { role: "guest", name: "guest", person: stage.world.mina.with_token(token) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_can_do_nothing_but_look() {
    let stage = Stage::new().await;
    let guest = guest(&stage).await;
    let mut line = guest.line(&stage).await;
    for operation in Operation::all(&stage).await {
        let Operation { method, path, .. } = &operation;
        let may_look = path == "/orders/{orderId}/progress";
        let told = operation.asked_by(&guest, &stage).await;
        assert_eq!(told.status, if may_look { 200 } else { 403 }, "{method} {path}");
        assert_silent(path, &told.text);

        let reply = operation.called_by(&mut line, &stage).await;
        let code = reply["error"]["code"].as_u64().unwrap_or(0);
        assert_eq!(code, if may_look { 0 } else { 1_403 }, "{method} {path}: {reply}");
        assert_silent(path, &reply.to_string());
    }
    let order = stage.world.mina.get(&format!("/orders/{}", stage.order)).await.is(200);
    assert_eq!(order.body, stage.before);
    stage.world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_shown_what_has_nobodys_name_on_it() {
    let stage = Stage::new().await;
    let guest = guest(&stage).await;
    // Words of a person about their evening; the version shows that they are in it.
    let path = format!("/orders/{}/problems", stage.order);
    let reason = json!({"reason": format!("{NOTE} 아직 안 왔어요")});
    stage.world.mina.post(&path, reason).await.is(200);
    let path = format!("/orders/{}/progress", stage.order);
    let told = guest.person.get(&path).await.is(200);
    assert_silent(&path, &told.text);
    assert_eq!(names(&told.body), SHOWN);
    assert_eq!(told.body["state"], "DELIVERING");
    let steps = told.body["timeline"].as_array().expect("steps");
    assert!(steps.iter().all(|step| names(step) == STEP), "{steps:?}");
    assert!(steps.iter().any(|step| step["event"] == "DeliveryStarted"), "{steps:?}");
    assert!(!steps.iter().any(|step| step["event"] == "ProblemReported"), "{steps:?}");
    stage.world.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_follows_this_one_order_and_nothing_else() {
    let stage = Stage::new().await;
    let guest = guest(&stage).await;
    let other = stage.world.mina.orders("another").await;
    let mine = format!("order:{}", stage.order);
    let foreign = [
        format!("order:{other}"),
        "store:s-1".to_owned(),
        format!("customer:{MINA}"),
        format!("customer:{}", stage.order),
        format!("rider:{JUN}"),
        "nearby".to_owned(),
        "ops".to_owned(),
    ];
    let mut line = guest.line(&stage).await;
    for channel in foreign {
        let body = json!({"channel": channel, "data": {"lat": 37.5541, "lng": 126.9102}});
        let reply = line.ask("subscribe", body).await;
        assert_eq!(reply["error"]["code"], 103, "{channel}: {reply}");
        let path = format!("/events?channel={channel}&lat=37.5541&lng=126.9102");
        answer(guest.person.request(reqwest::Method::GET, &path)).await.problem(404, "not_found");
    }
    let reply = line.ask("subscribe", json!({"channel": mine})).await;
    assert_eq!(names(&reply["subscribe"]["data"]), ["progress"]);
    assert_silent(&mine, &reply.to_string());

    // What comes after, and what was missed in between, is as silent.
    let place = &reply["subscribe"];
    let path = format!("/orders/{}/problems", stage.order);
    stage.world.mina.post(&path, json!({"reason": NOTE})).await.is(200);
    let news = line.publication(&mine).await;
    assert_eq!(names(&news["data"]), ["progress", "serverTime", "type"]);
    assert_silent(&mine, &news.to_string());
    let mut late = Line::connect(stage.world.hub.local_addr(), &guest.person.token).await;
    let back = json!({"channel": mine, "recover": true,
        "epoch": place["epoch"], "offset": place["offset"]});
    let missed = late.ask("subscribe", back).await["subscribe"].clone();
    assert_eq!(missed["recovered"], true, "{missed}");
    assert_eq!(missed["publications"][0]["data"]["type"], "progress", "{missed}");
    assert_silent(&mine, &missed.to_string());
    stage.world.ends().await;
}
