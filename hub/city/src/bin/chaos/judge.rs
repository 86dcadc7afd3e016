//! Compares what everybody was told with what is true in the end, promise by promise. Believes
//! nothing that the product says of itself.

mod absent;
mod acknowledged;
mod kitchen;
mod money;
mod nearby;
mod rest;
mod riders;
mod watchers;
mod yours;

use std::collections::HashMap;
use std::fmt;

use crate::loss::{Absence, Loss};
use crate::plan::Plan;
use crate::provider::Account;
use crate::records::Book;
use crate::truth::Truth;

/// Everything there is to judge by.
pub(crate) struct Case<'a> {
    pub(crate) book: &'a Book,
    pub(crate) truth: &'a Truth,
    pub(crate) ledger: &'a HashMap<String, Account>,
    /// What went wrong on purpose.
    pub(crate) plan: &'a Plan,
    /// Entries that nobody could read, put there on purpose.
    pub(crate) poisoned: u64,
    /// When data were lost that nobody had promised to keep.
    pub(crate) losses: &'a [Loss],
    /// When there were no workers.
    pub(crate) absences: &'a [Absence],
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Violation {
    pub(crate) promise: &'static str,
    /// The order it is about, if it is about one.
    pub(crate) order: String,
    pub(crate) evidence: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} order {}: {}", self.promise, self.order, self.evidence)
    }
}

/// Where a promise's judge says what it found.
pub(crate) struct Findings {
    promise: &'static str,
    found: Vec<Violation>,
}

impl Findings {
    pub(crate) fn add(&mut self, order: &str, evidence: impl Into<String>) {
        let violation =
            Violation { promise: self.promise, order: order.to_owned(), evidence: evidence.into() };
        self.found.push(violation);
    }
}

pub(crate) type Judge = fn(&Case<'_>, &mut Findings);

/// The promises, P1 to P8 of the design and the invariants that go beyond them.
pub(crate) const PROMISES: [(&str, Judge); 18] = [
    ("P1 what was acknowledged stands", acknowledged::stands),
    ("P1 nobody is shown what was before", acknowledged::never_older),
    ("P1 a key is one order", acknowledged::once),
    ("P2 nobody is charged twice", money::charged_once),
    ("P3 what ends badly is given back once", money::given_back_once),
    ("P4 one rider holds a job", riders::one_holds),
    ("P4 no rider holds too many", riders::few_jobs),
    ("P5 a cancel and a cook never both win", kitchen::one_wins),
    ("P6 a watcher sees everything once, in order", watchers::see_everything),
    ("P6 every way says the same bytes", watchers::same_bytes),
    ("P6 no job is shown that is gone", nearby::none_is_left),
    ("P6 after a loss everybody looks again", watchers::look_again),
    ("P7 nobody sees what is not theirs", yours::only),
    ("P8 everything comes to rest", rest::all),
    ("P8 a rolling restart sends nobody away", rest::nobody_sent_away),
    ("I9 orders are taken without workers", absent::orders_are_taken),
    ("I10 who is silent claims nothing", riders::silent_claims_nothing),
    ("I11 a rider is seen only while bringing", riders::seen_while_bringing),
];

/// All violations.
pub(crate) fn judge(case: &Case<'_>) -> Vec<Violation> {
    PROMISES
        .iter()
        .flat_map(|(promise, judge)| {
            let mut findings = Findings { promise, found: Vec::new() };
            judge(case, &mut findings);
            findings.found
        })
        .collect()
}

#[cfg(test)]
mod tests;
