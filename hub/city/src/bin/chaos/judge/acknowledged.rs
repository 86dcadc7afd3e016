//! P1: a yes is for ever.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Case, Findings};
use crate::records::Asked;

/// Every order that a yes showed is there, and its log begins with what was shown.
pub(super) fn stands(case: &Case<'_>, findings: &mut Findings) {
    for asked in &case.book.asked {
        let Some(view) = asked.answer.yes().and_then(|it| serde_json::from_str::<Value>(it).ok())
        else {
            continue;
        };
        let is_order = view["timeline"].is_array();
        let Some(id) = view["id"].as_str().filter(|_| is_order).or(view["orderId"].as_str()) else {
            continue;
        };
        let said = format!("{} {} {} was answered", asked.who, asked.method, asked.path);
        let Some(story) = case.truth.stories.get(id) else {
            findings.add(id, format!("{said} yes, and there is no such order"));
            continue;
        };
        let version = view["version"].as_u64().unwrap_or(0);
        if version > story.version() {
            findings
                .add(id, format!("{said} version {version}, and the log has {}", story.version()));
        } else if is_order && shown(&view) != story.names(version) {
            findings.add(
                id,
                format!("{said} {:?}, and the log has {:?}", shown(&view), story.names(version)),
            );
        }
    }
}

/// Whatever was answered, whoever asks later is not shown less, at any hub.
pub(super) fn never_older(case: &Case<'_>, findings: &mut Findings) {
    let mut shown: BTreeMap<String, Vec<(&Asked, u64)>> = BTreeMap::new();
    for asked in &case.book.asked {
        let view = asked.answer.yes().and_then(|it| serde_json::from_str::<Value>(it).ok());
        let Some(view) = view else { continue };
        let id = view["id"].as_str().filter(|_| view["timeline"].is_array());
        if let (Some(id), Some(version)) =
            (id.or(view["orderId"].as_str()), view["version"].as_u64())
        {
            shown.entry(id.to_owned()).or_default().push((asked, version));
        }
    }
    for (id, shown) in shown {
        for (later, version) in &shown {
            let before = shown.iter().filter(|(it, _)| it.to < later.from);
            let Some((earlier, known)) = before.max_by_key(|(_, known)| known) else { continue };
            if known > version {
                let (one, other) = (&earlier.path, &later.path);
                let (at, then) = (earlier.to, later.from);
                let both =
                    format!("{one} until {at} showed {known}, {other} from {then} {version}");
                findings.add(&id, both);
            }
        }
    }
}

/// The names of a timeline's events.
pub(super) fn shown(view: &Value) -> Vec<&str> {
    let steps = view["timeline"].as_array().into_iter().flatten();
    steps.filter_map(|it| it["event"].as_str()).collect()
}

/// However often a tap was sent, it is one order; and no event stands in a log twice.
pub(super) fn once(case: &Case<'_>, findings: &mut Findings) {
    let mut by_payment: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for story in case.truth.stories.values() {
        by_payment.entry(&story.payment).or_default().push(&story.id);
        let mut seen = BTreeSet::new();
        for event in &story.events {
            if !seen.insert((&event.command, &event.name)) {
                let (name, command) = (&event.name, &event.command);
                findings.add(&story.id, format!("{name} of command {command} stands there twice"));
            }
        }
    }
    for (payment, orders) in by_payment {
        if orders.len() > 1 {
            findings.add(orders[0], format!("the tap that pays by {payment} became {orders:?}"));
        }
    }
}
