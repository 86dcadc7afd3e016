//! What a seed came to, and what all of them did.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::judge::Violation;
use crate::plan::Plan;
use crate::records::{Answer, Book, News};
use crate::truth::Truth;

/// Violations that are printed of one seed.
const SHOWN_MAX: usize = 12;
/// Characters of a violation that are printed.
const EVIDENCE_MAX: usize = 600;
/// The same of all seeds, at the very end: some keep only the last lines of what is printed.
const LAST_SHOWN_MAX: usize = 8;
const LAST_EVIDENCE_MAX: usize = 300;

/// How promises begin that tell, when they are broken, of something lost, doubled, or wrong.
const LOST: [&str; 4] = ["P1 what", "P6 a", "P8", "I9"];
const DOUBLED: [&str; 3] = ["P1 a key", "P2", "P3"];
const WRONG: [&str; 8] = ["P1 nobody", "P4", "P5", "P6 every", "P6 no", "P7", "I10", "I11"];

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
            writeln!(f, "  BROKEN {}", short(violation, EVIDENCE_MAX))?;
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
    failed: Vec<Failed>,
    /// What the command line said of the faults and the ground.
    replay: String,
}

/// A seed that did not hold, and why.
#[derive(Debug)]
struct Failed {
    seed: u64,
    folder: PathBuf,
    why: Vec<String>,
}

impl Totals {
    /// Of no seeds yet. `replay` is what is asked for beside a seed, to have the same again.
    pub(crate) fn new(replay: String) -> Totals {
        Totals { replay, ..Totals::default() }
    }

    pub(crate) fn add(&mut self, plan: &Plan, outcome: &Outcome, folder: &Path) {
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
            let why = outcome.violations.iter().map(|it| short(it, LAST_EVIDENCE_MAX)).collect();
            self.failed.push(Failed { seed: plan.seed, folder: folder.to_owned(), why });
        }
    }

    /// A seed that could not be run at all.
    pub(crate) fn fail(&mut self, seed: u64, folder: &Path, error: &anyhow::Error) {
        self.seeds += 1;
        let why = vec![format!("could not be run: {error:#}")];
        self.failed.push(Failed { seed, folder: folder.to_owned(), why });
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
        writeln!(f, "| lost | {} |", self.broken(&LOST))?;
        writeln!(f, "| doubled | {} |", self.broken(&DOUBLED))?;
        writeln!(f, "| wrong | {} |", self.broken(&WRONG))?;
        let mut room = LAST_SHOWN_MAX;
        for Failed { seed, folder, why } in &self.failed {
            let (folder, replay) = (folder.display(), &self.replay);
            writeln!(f, "seed {seed} did not hold; evidence and logs are in {folder}")?;
            let shown = why.len().min(room);
            why[..shown].iter().try_for_each(|it| writeln!(f, "  {it}"))?;
            match why.len() - shown {
                0 => (),
                more => writeln!(f, "  and {more} more")?,
            }
            room -= shown;
            writeln!(f, "  replay with: make chaos SEEDS=1 SEED={seed}{replay}")?;
        }
        Ok(())
    }
}

fn short(what: &impl fmt::Display, characters_max: usize) -> String {
    what.to_string().chars().take(characters_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_promise_counts_in_one_row() {
        for (promise, _) in crate::judge::PROMISES {
            let rows = [&LOST[..], &DOUBLED, &WRONG];
            let is_in = |row: &&&[&str]| row.iter().any(|it| promise.starts_with(it));
            assert_eq!(rows.iter().filter(is_in).count(), 1, "{promise}");
        }
    }

    #[test]
    fn the_last_lines_say_what_was_broken_and_where_to_look() {
        let mut totals = Totals::new(" ARGS=\"--ground replica\"".to_owned());
        let violation = |n: usize| Violation {
            promise: "P8 everything comes to rest",
            order: format!("o-{n}"),
            evidence: "never ends".repeat(99),
        };
        for seed in [3, 4] {
            let violations = (0..7).map(violation).collect();
            let outcome = Outcome { violations, ..Outcome::default() };
            totals.add(&Plan::of(seed, &[], None), &outcome, Path::new("logs").join("x").as_path());
        }
        let text = totals.to_string();
        let (_, last) = text.split_once("| wrong | 0 |\n").expect("after the table");
        let lines: Vec<&str> = last.lines().collect();
        assert_eq!(lines.len(), 13, "{last}");
        assert_eq!(lines[0], "seed 3 did not hold; evidence and logs are in logs/x");
        assert!(lines[1].starts_with("  P8 everything comes to rest order o-0: never"), "{last}");
        let replay = "  replay with: make chaos SEEDS=1 SEED=4 ARGS=\"--ground replica\"";
        assert_eq!(lines[11..], ["  and 6 more", replay]);
    }
}
