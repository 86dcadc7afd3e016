//! P6: whoever follows is told everything, once, in order, and the same as everybody else.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use serde_json::value::RawValue;

use super::acknowledged::shown;
use super::{Case, Findings};
use crate::ground::Ground;
use crate::records::{News, Watch};
use crate::truth::Story;

/// What a channel says of one order, as it was heard: nothing between two pictures is missing,
/// nothing comes twice, everything is true, and the end is the end.
pub(super) fn see_everything(case: &Case<'_>, findings: &mut Findings) {
    for watch in &case.book.watches {
        match watch.channel.split_once(':') {
            Some(("order", id)) => match case.truth.stories.get(id) {
                Some(story) if story.customer == watch.who.id => follow(watch, story, findings),
                _ => (),
            },
            Some(("store", id)) if id == watch.who.id => board(case, watch, findings),
            _ => (),
        }
        offsets_rise(watch, findings);
    }
}

/// Whoever follows an order.
fn follow(watch: &Watch, story: &Story, findings: &mut Findings) {
    let mut seen = None;
    for (_, news) in &watch.heard {
        let (order, offset) = match news {
            News::Resumed => continue,
            News::Snapshot { text, .. } => (part(text, "order"), None),
            News::Publication { offset, text } => (part(text, "order"), Some(*offset)),
        };
        let Some(order) = order else { continue };
        let version = order["version"].as_u64().unwrap_or(0);
        step(watch, story, &mut seen, version, offset, findings);
        if shown(&order) != story.names(version) {
            let (told, is) = (shown(&order), story.names(version));
            findings.add(&story.id, format!("{} was told {told:?}, which is {is:?}", watch.who));
        }
    }
    if watch.lasts && seen != Some(story.version()) {
        let who = &watch.who;
        findings.add(&story.id, format!("{who} saw version {seen:?} of {}", story.version()));
    }
}

/// A board, ticket by ticket.
fn board(case: &Case<'_>, watch: &Watch, findings: &mut Findings) {
    let mut seen: HashMap<String, Option<u64>> = HashMap::new();
    for (_, news) in &watch.heard {
        match news {
            News::Resumed => (),
            News::Snapshot { text, .. } => {
                // What is not on it any more has ended; what is, begins anew.
                seen.clear();
                let data: Value = serde_json::from_str(text).unwrap_or_default();
                for ticket in data["tickets"].as_array().into_iter().flatten() {
                    if let (Some(id), Some(version)) = (id(ticket), ticket["version"].as_u64()) {
                        seen.insert(id, Some(version));
                    }
                }
            }
            News::Publication { offset, text } => {
                let Some(ticket) = part(text, "ticket") else { continue };
                let Some(id) = id(&ticket) else { continue };
                let Some(story) = case.truth.stories.get(&id) else { continue };
                let version = ticket["version"].as_u64().unwrap_or(0);
                let seen = seen.entry(id).or_default();
                step(watch, story, seen, version, Some(*offset), findings);
            }
        }
    }
}

/// One more version of an order, after those that were seen.
fn step(
    watch: &Watch,
    story: &Story,
    seen: &mut Option<u64>,
    version: u64,
    offset: Option<u64>,
    findings: &mut Findings,
) {
    let who = format!("{} of {}", watch.who, watch.channel);
    let appends = story.appends();
    match offset {
        // A picture may be older than nothing that was seen, and newer than anything.
        None => {
            if seen.is_some_and(|seen| version < seen) {
                findings.add(&story.id, format!("{who} was shown {version} after {seen:?}"));
            }
        }
        Some(offset) => {
            if !appends.contains(&(version, offset)) {
                findings.add(&story.id, format!("{who} was told {version} at {offset}: never was"));
            }
            let next = appends.iter().map(|(it, _)| *it).find(|it| Some(*it) > *seen);
            if seen.is_some() && next != Some(version) {
                let gap = format!("{version} after {seen:?}, where {next:?} is next");
                findings.add(&story.id, format!("{who} was told {gap}"));
            }
        }
    }
    *seen = Some(version);
}

/// Places in a feed only rise, between two pictures.
fn offsets_rise(watch: &Watch, findings: &mut Findings) {
    let mut last = 0;
    for (_, news) in &watch.heard {
        match news {
            News::Resumed => (),
            News::Snapshot { .. } => last = 0,
            // What has no place is worth nothing later.
            News::Publication { offset: 0, .. } => (),
            News::Publication { offset, .. } => {
                if *offset <= last {
                    let (who, channel) = (&watch.who, &watch.channel);
                    findings.add("-", format!("{who} of {channel} was told {offset} after {last}"));
                }
                last = *offset;
            }
        }
    }
}

/// Where data were lost, nobody goes on from a place that means nothing any more.
pub(super) fn look_again(case: &Case<'_>, findings: &mut Findings) {
    // In a cluster others go on.
    let losses = case.losses.iter().filter(|_| case.plan.ground != Ground::Cluster);
    for loss in losses {
        // An order that is gone shows itself to nobody.
        let is_there = |id: &str| case.truth.stories.contains_key(id);
        let is_gone =
            |it: &Watch| it.channel.strip_prefix("order:").is_some_and(|id| !is_there(id));
        let lasting = case.book.watches.iter().filter(|it| it.lasts && !is_gone(it));
        for watch in lasting.filter(|it| it.channel.contains(':')) {
            let has_looked = watch.heard.iter().any(|(at, news)| loss.is_looked_past(*at, news));
            let goes_on = watch.heard.iter().any(|(at, _)| loss.is_past(*at));
            if goes_on && !has_looked {
                let (who, channel, at) = (&watch.who, &watch.channel, loss.to);
                findings
                    .add("-", format!("{who} of {channel} went on after what was lost at {at}"));
            }
        }
    }
}

/// One version of an order is the same bytes to all customers, and its ticket to all who cook it,
/// whichever way they come.
pub(super) fn same_bytes(case: &Case<'_>, findings: &mut Findings) {
    let mut views = Views::default();
    for asked in &case.book.asked {
        let from = || format!("{} {}", asked.method, asked.path);
        let Some(text) = asked.answer.yes() else { continue };
        match asked.who.role {
            "customer" if text.contains("\"timeline\"") => views.see(from(), text, findings),
            "store" if asked.path.starts_with("/storeOrders") => {
                views.see_tickets(from(), text, findings);
            }
            _ => (),
        }
    }
    for watch in &case.book.watches {
        for (_, news) in &watch.heard {
            let (News::Snapshot { text, .. } | News::Publication { text, .. }) = news else {
                continue;
            };
            let whole: HashMap<&str, &RawValue> = serde_json::from_str(text).unwrap_or_default();
            match (watch.who.role, whole.get("order")) {
                ("customer", Some(order)) => {
                    views.see(watch.channel.clone(), order.get(), findings);
                }
                ("store", _) => views.see_tickets(watch.channel.clone(), text, findings),
                _ => (),
            }
        }
    }
}

/// What was shown of each order in each version, where it was seen first.
#[derive(Default)]
struct Views(BTreeMap<(String, u64, bool), (String, String)>);

impl Views {
    fn see(&mut self, from: String, bytes: &str, findings: &mut Findings) {
        let view: Value = serde_json::from_str(bytes).unwrap_or_default();
        let order = view["id"].as_str();
        let (Some(id), Some(version)) =
            (order.or(view["orderId"].as_str()), view["version"].as_u64())
        else {
            return;
        };
        let key = (id.to_owned(), version, order.is_some());
        let (first, known) = self.0.entry(key).or_insert((from.clone(), bytes.to_owned()));
        if known != bytes {
            let both = format!("{first} said {known}, {from} said {bytes}");
            findings.add(id, format!("version {version} is two things: {both}"));
        }
    }

    /// A ticket alone, one that is told of, or all of a board.
    fn see_tickets(&mut self, from: String, text: &str, findings: &mut Findings) {
        let whole: HashMap<&str, &RawValue> = serde_json::from_str(text).unwrap_or_default();
        if whole.contains_key("orderId") && whole.contains_key("toAcknowledge") {
            return self.see(from, text, findings);
        }
        if let Some(ticket) = whole.get("ticket") {
            self.see(from.clone(), ticket.get(), findings);
        }
        let all = whole.get("tickets").map(|it| it.get()).unwrap_or("[]");
        for ticket in serde_json::from_str::<Vec<&RawValue>>(all).unwrap_or_default() {
            self.see(from.clone(), ticket.get(), findings);
        }
    }
}

fn part(text: &str, name: &str) -> Option<Value> {
    let mut data: Value = serde_json::from_str(text).ok()?;
    data.get_mut(name).map(Value::take).filter(Value::is_object)
}

fn id(ticket: &Value) -> Option<String> {
    ticket["orderId"].as_str().map(str::to_owned)
}
