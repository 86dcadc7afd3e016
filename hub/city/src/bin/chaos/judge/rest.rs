//! P8: once nothing goes wrong any more, everything comes to an end, and nothing is left lying.

use std::collections::BTreeSet;

use super::{Case, Findings};
use crate::plan::Fault;
use crate::records::Answer;

/// Nothing waits, nothing is due, and nothing was given up but what was made to be.
pub(super) fn all(case: &Case<'_>, findings: &mut Findings) {
    for story in case.truth.stories.values().filter(|it| !it.is_over()) {
        findings.add(&story.id, format!("never ends: {:?}", story.names(u64::MAX)));
    }
    for (whose, count) in &case.truth.waiting {
        findings.add("-", format!("{count} entries wait in {whose}"));
    }
    for id in &case.truth.due {
        let names = case.truth.stories.get(id).map(|it| it.names(u64::MAX));
        findings.add(id, format!("something is still due: {names:?}"));
    }
    // Each of four groups finds that it cannot be read, and once more if it comes once more. One
    // may have gone with what was lost; nor does it stay for ever where it was put.
    let letter = |text: &String| text.split(" reason ").next().map(str::to_owned);
    let letters: BTreeSet<_> = case.truth.dead.iter().filter_map(letter).collect();
    let least = if case.losses.is_empty() { case.poisoned } else { 0 };
    let (given_up, count) = (letters.len() as u64, least * 4..=case.poisoned * 4);
    if !count.contains(&given_up) || given_up % 4 != 0 {
        findings.add("-", format!("{given_up} given up, not {count:?}: {:?}", case.truth.dead));
    }
}

/// Where nothing but rolling restarts happened, every request had its answer.
pub(super) fn nobody_sent_away(case: &Case<'_>, findings: &mut Findings) {
    let mut faults = case.plan.faults.iter();
    if case.plan.faults.is_empty() || faults.any(|(_, it)| *it != Fault::RollingRestart) {
        return;
    }
    for asked in &case.book.asked {
        // What took too long on a busy machine was not sent away.
        if let Answer::Unknown(why) = &asked.answer
            && !why.contains("timed out")
        {
            let (who, method, path) = (&asked.who, asked.method, &asked.path);
            findings.add("-", format!("{who} {method} {path} at {}: {why}", asked.from));
        }
    }
}
