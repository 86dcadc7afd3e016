//! P7: nobody is told of what is not theirs, however they ask.

use serde_json::Value;

use super::{Case, Findings};
use crate::records::{News, Who};
use crate::truth::Story;

/// Whether the order is any business of theirs.
fn is_theirs(who: &Who, story: &Story) -> bool {
    match who.role {
        "customer" => story.customer == who.id,
        "store" => story.store == who.id,
        "rider" => story.events.iter().any(|it| it.detail["rider"] == who.id.as_str()),
        _ => true,
    }
}

/// Looks through every answer and every word that was heard.
pub(super) fn only(case: &Case<'_>, findings: &mut Findings) {
    for asked in &case.book.asked {
        // Jobs on offer are every rider's business.
        if asked.path.starts_with("/deliveries?") {
            continue;
        }
        if let Some(text) = asked.answer.yes() {
            look(case, &asked.who, &asked.path, text, findings);
        }
    }
    for watch in case.book.watches.iter().filter(|it| it.channel != "nearby") {
        for (_, news) in &watch.heard {
            if let News::Snapshot { text, .. } | News::Publication { text, .. } = news {
                look(case, &watch.who, &watch.channel, text, findings);
            }
        }
    }
}

fn look(case: &Case<'_>, who: &Who, channel: &str, text: &str, findings: &mut Findings) {
    let Ok(data) = serde_json::from_str::<Value>(text) else { return };
    let mut ids = Vec::new();
    collect(&data, &mut ids);
    for id in ids {
        let Some(story) = case.truth.stories.get(&id) else { continue };
        if !is_theirs(who, story) {
            findings.add(&id, format!("{who} was told of it by {channel}: {text}"));
        }
        let is_paid = story.find("PaymentApproved").is_some();
        let version = data["ticket"]["version"].as_u64().or(data["version"].as_u64());
        let seen_early =
            version.is_some_and(|version| !story.names(version).contains(&"PaymentApproved"));
        if who.role == "store" && (!is_paid || seen_early) {
            findings.add(&id, format!("{who} saw it before it was paid, by {channel}: {text}"));
        }
    }
}

/// All ids of orders in some JSON.
fn collect(data: &Value, ids: &mut Vec<String>) {
    match data {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(id) if name == "id" || name == "orderId" => ids.push(id.clone()),
                    value => collect(value, ids),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|it| collect(it, ids)),
        _ => (),
    }
}
