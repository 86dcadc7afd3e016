//! A rider: says where they are, races the others to jobs, brings the food, and now and then
//! gives a job back, or falls silent.

use std::time::Duration;

use jiff::Timestamp;
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus as Dice;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Person, SHOP, is_over_after};

/// Between two looks around, in ms. A position twice a second is the most that hubs take.
const LOOKS_MS: std::ops::Range<u64> = 600..1_000;
/// How long a rider is silent who is: longer than a position counts, and less than a job is kept.
const SILENCE: Duration = Duration::from_millis(5_500);

/// Rides until the end.
pub(super) async fn ride(person: Person, mut dice: Dice, end: CancellationToken) {
    person.insist("PUT", "/riders/me/online", &Value::Null, None).await;
    while !is_over_after(&end, Duration::from_millis(dice.random_range(LOOKS_MS))).await {
        if dice.random_bool(0.01) && is_over_after(&end, SILENCE).await {
            return;
        }
        // One who has just fallen silent may still try: nothing comes of it.
        if !dice.random_bool(0.05) {
            report(&person, &mut dice).await;
        }
        let around = format!("/deliveries?lat={}&lng={}&radiusMeters=3000", SHOP.0, SHOP.1);
        let Some(found) = person.read(&around).await else { continue };
        let jobs: Vec<&Value> = found["jobs"].as_array().into_iter().flatten().collect();
        if let Some(job) = jobs.choose(&mut dice) {
            let id = job["orderId"].as_str().unwrap_or_default();
            let step = if dice.random_bool(0.8) { "claim" } else { "pick" };
            person.ask("PUT", &format!("/deliveries/{id}/{step}"), &Value::Null, None).await;
        }
        for id in held(&person, &mut dice).await {
            if end.is_cancelled() {
                return;
            }
            bring(&person, &id, &mut dice).await;
        }
    }
}

async fn report(person: &Person, dice: &mut Dice) {
    let step = |dice: &mut Dice| 0.0004 * (dice.random::<f64>() - 0.5);
    let position = json!({
        "lat": SHOP.0 + step(dice), "lng": SHOP.1 + step(dice), "accuracyMeters": 10,
        "at": Timestamp::now().to_string(),
    });
    person.ask("PUT", "/riders/me/location", &position, None).await;
}

/// The rider's own jobs, as a phone that starts anew learns them.
async fn held(person: &Person, dice: &mut Dice) -> Vec<String> {
    let told = {
        let book = person.records.book();
        let channel = format!("rider:{}", person.who.id);
        let watch = book.watches.iter().find(|it| it.channel == channel);
        watch.map(|it| jobs_told(&it.heard)).unwrap_or_default()
    };
    told.into_iter().filter(|_| dice.random_bool(0.8)).collect()
}

/// Which jobs are this rider's, from all that the rider was told.
fn jobs_told(heard: &[(u64, crate::records::News)]) -> Vec<String> {
    use crate::records::News;

    let mut jobs: Vec<String> = Vec::new();
    let mut note = |job: &Value| {
        let Some(id) = job["orderId"].as_str() else { return };
        jobs.retain(|it| it != id);
        let is_over = matches!(job["state"].as_str(), Some("COMPLETED" | "WITHDRAWN" | "OPEN"));
        if job["mine"] == true && !is_over {
            jobs.push(id.to_owned());
        }
    };
    let start =
        heard.iter().rposition(|(_, news)| matches!(news, News::Snapshot { .. })).unwrap_or(0);
    for (_, news) in &heard[start.min(heard.len())..] {
        match news {
            News::Snapshot { text, .. } => {
                let data: Value = serde_json::from_str(text).unwrap_or_default();
                data["jobs"].as_array().into_iter().flatten().for_each(&mut note);
            }
            News::Publication { text, .. } => {
                let data: Value = serde_json::from_str(text).unwrap_or_default();
                note(&data["job"]);
            }
            News::Resumed => (),
        }
    }
    jobs
}

async fn bring(person: &Person, id: &str, dice: &mut Dice) {
    let (step, body) = match dice.random_range(0..100) {
        0..5 => ("release", json!({"reason": "펑크"})),
        5..55 => ("pick", Value::Null),
        _ => ("confirm", Value::Null),
    };
    person.ask("PUT", &format!("/deliveries/{id}/{step}"), &body, None).await;
}
