//! What a seed came to, and what all of them did.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::judge::Violation;
use crate::plan::Plan;
use crate::records::{Answer, Book, News};
use crate::truth::Truth;

/// Violations that are printed of one seed.
const SHOWN_MAX: usize = 12;
/// Characters of a violation that are printed.
const EVIDENCE_MAX: usize = 600;

/// What one seed came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    orders: usize,
    events: u64,
    requests: usize,
    unknown: usize,
    pushes: usize,
    resumed: usize,
    /// Yeses that do not stand, where nobody had promised that they would.
    pub(crate) lost: usize,
    pub(crate) violations: Vec<Violation>,
    rested: Duration,
    took: Duration,
    ends: BTreeMap<&'static str, usize>,
}

impl Outcome {
    pub(crate) fn new(
        book: &Book,
        truth: &Truth,
        violations: Vec<Violation>,
        rested: Duration,
        took: Duration,
    ) -> Outcome {
        let heard = || book.watches.iter().flat_map(|it| &it.heard);
        let mut ends = BTreeMap::new();
        for story in truth.stories.values() {
            let end = ["DeliveryCompleted", "PaymentDeclined", "OrderRejected", "OrderCanceled"];
            let end = end.into_iter().find(|it| story.has(it)).unwrap_or("none");
            *ends.entry(end).or_default() += 1;
        }
        Outcome {
            orders: truth.stories.len(),
            events: truth.stories.values().map(|it| it.version()).sum(),
            requests: book.asked.len(),
            unknown: book.asked.iter().filter(|it| matches!(it.answer, Answer::Unknown(_))).count(),
            pushes: heard().filter(|(_, it)| matches!(it, News::Publication { .. })).count(),
            resumed: heard().filter(|(_, it)| matches!(it, News::Resumed)).count(),
            lost: 0,
            violations,
            rested,
            took,
            ends,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "  {} orders {:?}, {} events, {} requests ({} unknown), {} pushes, {} resumed; \
             at rest after {:.1} s, {:.1} s in all",
            self.orders,
            self.ends,
            self.events,
            self.requests,
            self.unknown,
            self.pushes,
            self.resumed,
            self.rested.as_secs_f64(),
            self.took.as_secs_f64()
        )?;
        if self.lost > 0 {
            writeln!(f, "  {} yeses were lost that were not on a disk yet", self.lost)?;
        }
        for violation in self.violations.iter().take(SHOWN_MAX) {
            let text: String = violation.to_string().chars().take(EVIDENCE_MAX).collect();
            writeln!(f, "  BROKEN {text}")?;
        }
        match self.violations.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => writeln!(f, "  BROKEN and {more} more"),
        }
    }
}

/// What all seeds came to.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    seeds: u64,
    faults: BTreeMap<String, u64>,
    sum: Outcome,
    broken: BTreeMap<&'static str, u64>,
    failed: Vec<u64>,
}

impl Totals {
    pub(crate) fn add(&mut self, plan: &Plan, outcome: &Outcome) {
        self.seeds += 1;
        for (_, fault) in &plan.faults {
            let name = format!("{fault:?}");
            let name = name.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
            *self.faults.entry(name).or_default() += 1;
        }
        self.sum.orders += outcome.orders;
        self.sum.events += outcome.events;
        self.sum.requests += outcome.requests;
        self.sum.unknown += outcome.unknown;
        self.sum.pushes += outcome.pushes;
        self.sum.resumed += outcome.resumed;
        self.sum.lost += outcome.lost;
        for violation in &outcome.violations {
            *self.broken.entry(violation.promise).or_default() += 1;
        }
        if !outcome.violations.is_empty() {
            self.failed.push(plan.seed);
        }
    }

    /// A seed that could not be run at all.
    pub(crate) fn fail(&mut self, seed: u64) {
        self.seeds += 1;
        self.failed.push(seed);
    }

    pub(crate) fn all_held(&self) -> bool {
        self.failed.is_empty()
    }

    fn broken(&self, promises: &[&str]) -> u64 {
        let is_one = |name: &str| promises.iter().any(|it| name.starts_with(it));
        self.broken.iter().filter(|(name, _)| is_one(name)).map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: Vec<String> =
            self.faults.iter().map(|(name, count)| format!("{name} {count}")).collect();
        writeln!(f, "| what | how many |\n|---|---|")?;
        writeln!(f, "| seeds | {} |", self.seeds)?;
        writeln!(f, "| faults | {} |", faults.join(", "))?;
        writeln!(f, "| orders, events | {}, {} |", self.sum.orders, self.sum.events)?;
        let (requests, unknown) = (self.sum.requests, self.sum.unknown);
        writeln!(f, "| requests, of unknown outcome | {requests}, {unknown} |")?;
        writeln!(f, "| pushes, resumptions | {}, {} |", self.sum.pushes, self.sum.resumed)?;
        writeln!(f, "| lost with a disk that lags a second | {} |", self.sum.lost)?;
        writeln!(f, "| lost | {} |", self.broken(&["P1 what", "P6 a", "P8"]))?;
        writeln!(f, "| doubled | {} |", self.broken(&["P1 a key", "P2", "P3"]))?;
        writeln!(f, "| wrong | {} |", self.broken(&["P4", "P5", "P6 every", "P6 no", "P7", "I"]))?;
        for seed in &self.failed {
            writeln!(f, "replay with: make chaos SEEDS=1 SEED={seed}")?;
        }
        Ok(())
    }
}
