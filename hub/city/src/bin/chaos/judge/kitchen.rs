//! P5 and the order of things in a kitchen: what may follow what, by a reading of our own.

use super::{Case, Findings};

/// What a step needs to have happened before, and what must not have.
const STEPS: [(&str, &[&str], &[&str]); 8] = [
    ("OrderPlaced", &["PaymentApproved"], &["PaymentDeclined"]),
    ("OrderAccepted", &["OrderPlaced"], ENDS),
    ("CookStarted", &["OrderAccepted"], ENDS),
    ("CookFinished", &["CookStarted"], ENDS),
    ("JobClaimed", &["CookFinished"], ENDS),
    ("DeliveryStarted", &["CookFinished"], ENDS),
    ("DeliveryCompleted", &["DeliveryStarted"], ENDS),
    ("PaymentRefunded", &["PaymentApproved"], &["DeliveryCompleted"]),
];
const ENDS: &[&str] = &["OrderCanceled", "OrderRejected", "DeliveryCompleted"];
/// What happens once, whatever happens.
const ONCE: [&str; 9] = [
    "OrderRequested",
    "PaymentApproved",
    "OrderPlaced",
    "PaymentDeclined",
    "OrderCanceled",
    "OrderRejected",
    "DeliveryStarted",
    "DeliveryCompleted",
    "PaymentRefunded",
];

/// No step without those before it, none after an end, and no customer's cancel after a cook began.
pub(super) fn one_wins(case: &Case<'_>, findings: &mut Findings) {
    for story in case.truth.stories.values() {
        let names = story.names(u64::MAX);
        for (index, event) in story.events.iter().enumerate() {
            let before = &names[..index];
            let happened = |name: &&str| before.contains(name);
            let step = STEPS.iter().find(|(name, ..)| *name == event.name);
            if let Some((name, needs, bars)) = step
                && (!needs.iter().all(happened) || bars.iter().any(happened))
            {
                findings.add(&story.id, format!("{name} after {before:?}"));
            }
            if ONCE.contains(&event.name.as_str()) && before.contains(&event.name.as_str()) {
                findings.add(&story.id, format!("{} twice: {names:?}", event.name));
            }
            let is_customers = event.name == "OrderCanceled" && event.by["customer"].is_string();
            if is_customers && is_cooking(before) {
                findings.add(&story.id, format!("canceled by the customer after {before:?}"));
            }
        }
    }
}

/// Whether a cook has begun, and has not taken it back.
fn is_cooking(before: &[&str]) -> bool {
    let last = before.iter().rev().find(|it| {
        matches!(**it, "CookStarted" | "CookFinished" | "StatusReverted" | "OrderAccepted")
    });
    matches!(last, Some(&("CookStarted" | "CookFinished")))
}
