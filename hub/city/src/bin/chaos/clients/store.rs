//! One tablet of a kitchen: works the board as if it were the only one.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus as Dice;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Person, is_over_after};

/// Between two looks at the board, in ms.
const LOOKS_MS: std::ops::Range<u64> = 250..600;

/// Works until the end.
pub(super) async fn work(person: Person, mut dice: Dice, end: CancellationToken) {
    while !is_over_after(&end, Duration::from_millis(dice.random_range(LOOKS_MS))).await {
        let Some(board) = person.read("/storeOrders").await else { continue };
        for ticket in board["tickets"].as_array().into_iter().flatten() {
            if end.is_cancelled() {
                return;
            }
            if let Some((step, body)) = step(ticket, &mut dice) {
                let id = ticket["orderId"].as_str().unwrap_or_default();
                // Not again at once: the next look shows what became of it.
                person.ask("PUT", &format!("/storeOrders/{id}/{step}"), &body, None).await;
            }
        }
    }
}

/// What this cook does about a ticket, if anything now.
fn step(ticket: &Value, dice: &mut Dice) -> Option<(&'static str, Value)> {
    if ticket["toAcknowledge"] == true {
        return Some(("acknowledge", Value::Null));
    }
    let chance = dice.random_range(0..100);
    let step = match ticket["state"].as_str()? {
        "PLACED" if ticket["acceptBy"].is_null() => ("received", Value::Null),
        "PLACED" if chance < 6 => ("reject", json!({"reason": "TOO_BUSY"})),
        "PLACED" if chance < 80 => ("accept", json!({"cookMinutes": 10})),
        "ACCEPTED" if chance < 5 => ("cancel", json!({"reason": "STORE_SOLD_OUT"})),
        "ACCEPTED" if chance < 60 => ("startCook", Value::Null),
        "COOKING" if chance < 8 => ("delay", json!({"minutes": 5})),
        "COOKING" if chance < 70 => ("finishCook", Value::Null),
        "COOKED" if chance < 4 => ("undo", Value::Null),
        _ => return None,
    };
    Some(step)
}
