//! P4 and what else holds of riders: who may have a job, how many, and who sees where they are.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Case, Findings};
use crate::records::News;
use crate::truth::Story;

/// Most jobs that a rider has at once.
const JOBS_MAX: usize = 3;
/// After how long without a position a rider counts as silent, as the stage sets it, in ms.
const STALE_MS: u64 = 4_000;
/// How far two clocks of one machine, and a request under way, may be apart, in ms.
const SLACK_MS: u64 = 500;

/// When a rider had a job: from, until, which.
fn held(story: &Story, findings: &mut Option<&mut Findings>) -> Vec<(String, u64, u64)> {
    let mut held: Vec<(String, u64, u64)> = Vec::new();
    let mut holder: Option<(String, u64)> = None;
    for event in &story.events {
        let rider = event.detail["rider"].as_str().map(str::to_owned);
        match (event.name.as_str(), rider) {
            ("JobClaimed", Some(rider)) => {
                if let (Some((other, _)), Some(findings)) = (&holder, findings.as_mut()) {
                    findings.add(&story.id, format!("{rider} claims what {other} holds"));
                }
                holder = Some((rider, event.at));
            }
            ("DeliveryStarted", Some(rider)) => match &holder {
                Some((other, _)) if *other != rider => {
                    if let Some(findings) = findings.as_mut() {
                        findings.add(&story.id, format!("{rider} picks what {other} holds"));
                    }
                }
                Some(_) => (),
                None => holder = Some((rider, event.at)),
            },
            ("JobReleased" | "OrderCanceled" | "OrderRejected" | "DeliveryCompleted", _) => {
                if let Some((rider, from)) = holder.take() {
                    held.push((rider, from, event.at));
                }
            }
            _ => (),
        }
    }
    if let Some((rider, from)) = holder {
        held.push((rider, from, u64::MAX));
    }
    held
}

/// Nobody takes what another has.
pub(super) fn one_holds(case: &Case<'_>, findings: &mut Findings) {
    for story in case.truth.stories.values() {
        held(story, &mut Some(findings));
    }
}

/// Nobody ever has more jobs than may be.
pub(super) fn few_jobs(case: &Case<'_>, findings: &mut Findings) {
    let mut changes: BTreeMap<String, Vec<(u64, bool, String)>> = BTreeMap::new();
    for story in case.truth.stories.values() {
        for (rider, from, until) in held(story, &mut None) {
            let changes = changes.entry(rider).or_default();
            changes.push((from, true, story.id.clone()));
            changes.push((until, false, story.id.clone()));
        }
    }
    for (rider, mut changes) in changes {
        // What ends at an instant makes room for what begins at it.
        changes.sort();
        let mut jobs = 0;
        for (at, begins, order) in changes {
            jobs = if begins { jobs + 1 } else { jobs - 1 };
            if jobs > JOBS_MAX {
                findings.add(&order, format!("{rider} has {jobs} jobs at {at}"));
            }
        }
    }
}

/// Whoever has not said for long where they are gets no job: at the instant that the log gives for
/// a claim, the rider's newest position was not too old.
pub(super) fn silent_claims_nothing(case: &Case<'_>, findings: &mut Findings) {
    // Of what was before, nobody wrote down who had said what.
    let begun = case.book.asked.first().map_or(0, |it| it.from);
    for story in case.truth.stories.values() {
        let claims = story.events.iter().filter(|it| it.name == "JobClaimed" && it.at >= begun);
        for event in claims {
            let Some(rider) = event.detail["rider"].as_str() else { continue };
            let newest = positions(case, rider).filter(|at| *at <= event.at).max().unwrap_or(0);
            if newest + STALE_MS < event.at {
                let silent = event.at - newest;
                findings.add(&story.id, format!("{rider} claimed it after {silent} ms of silence"));
            }
        }
    }
}

/// Of when the positions are that a rider sent and that may have been heard. None counts as newer
/// than its phone says.
fn positions(case: &Case<'_>, rider: &str) -> impl Iterator<Item = u64> {
    let reports = case.book.asked.iter().filter(move |it| {
        it.who.role == "rider" && it.who.id == rider && it.path.ends_with("/location")
    });
    let heard = reports.filter(|it| it.answer.yes().is_some() || it.answer.is_open());
    heard.filter_map(|it| it.body["at"].as_str().and_then(instant))
}

/// Milliseconds since 1970.
fn instant(text: &str) -> Option<u64> {
    text.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond() as u64)
}

/// Customers see a rider only between pick-up and delivery.
pub(super) fn seen_while_bringing(case: &Case<'_>, findings: &mut Findings) {
    for watch in case.book.watches.iter().filter(|it| it.channel.starts_with("order:")) {
        let id = watch.channel.trim_start_matches("order:");
        for (heard, news) in &watch.heard {
            let News::Publication { text, .. } = news else { continue };
            if !text.contains("riderLocation") {
                continue;
            }
            let data: Value = serde_json::from_str(text).unwrap_or_default();
            if data["type"] != "riderLocation" {
                continue;
            }
            let Some(story) = case.truth.stories.get(id) else { continue };
            let at = |name: &str| story.find(name).map(|it| story.events[it].at);
            let (from, until) = (at("DeliveryStarted"), at("DeliveryCompleted"));
            let was = data["at"].as_str().and_then(instant).unwrap_or(0);
            let too_soon = from.is_none_or(|it| heard + SLACK_MS < it);
            let too_late = until.is_some_and(|it| was > it + SLACK_MS);
            if too_soon || too_late {
                let when = format!("of {was}, told at {heard}; {from:?} to {until:?}");
                findings.add(id, format!("{} was told the position {when}", watch.who));
            }
        }
    }
}
