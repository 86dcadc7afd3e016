//! What was seen, as a table in Markdown.

use std::fmt::Write;

use city::besiegers::Found;

use crate::verdict::Verdict;
use crate::{Phase, Scale};

/// One siege.
pub(crate) struct Row {
    pub(crate) phase: Phase,
    pub(crate) found: Found,
    /// Sockets that came back, in each second.
    pub(crate) returns: Vec<usize>,
    /// Commands that were acknowledged.
    pub(crate) done: usize,
    /// How often one had to be sent again.
    pub(crate) again: usize,
}

/// All of them.
pub(crate) struct Report {
    scale: Scale,
    rows: Vec<Row>,
}

impl Phase {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Phase::Calm => "nothing happens",
            Phase::Roll => "all three hubs are replaced",
            Phase::Scale => "three hubs become five, and three again",
            Phase::Kill => "`kill -9` of a hub",
            Phase::KillAgain => "`kill -9`, and reads are asked again",
        }
    }

    /// Whether somebody may be left without an answer: whoever was just being answered by a hub
    /// that is killed, and whoever is sent to it before the proxy knows.
    fn may_fail(self) -> bool {
        match self {
            Phase::Kill => true,
            Phase::Calm | Phase::Roll | Phase::Scale | Phase::KillAgain => false,
        }
    }
}

impl Report {
    pub(crate) fn new(scale: Scale) -> Report {
        Report { scale, rows: Vec::new() }
    }

    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Whether every request was answered that had to be.
    pub(crate) fn is_good(&self) -> bool {
        self.rows.iter().all(|row| row.found.failed == 0 || row.phase.may_fail())
    }

    pub(crate) fn text(&self, verdict: &Verdict, lost: usize) -> String {
        let mut text = String::from(
            "| during a siege | answered | a second | availability | mean, longest | sockets that \
             came back | in each second | commands, sent again |\n\
             |---|---|---|---|---|---|---|---|\n",
        );
        for row in &self.rows {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{row}");
        }
        let Verdict { owed, missed, wrong, begun_again, over } = verdict;
        let Scale { sockets, besiegers, factor, .. } = self.scale;
        let _ = writeln!(
            text,
            "\n| news owed to {} sockets | missed | people told twice or out of turn | a snapshot \
             instead | subscriptions ended | acknowledged orders lost |\n|---|---|---|---|---|---|\n\
             | {} | {missed} | {wrong} | {begun_again} | {over} | {lost} |\n\n\
             {besiegers} people besiege; the manifests' times are divided by {factor}.",
            count(sockets as u64),
            count(*owed as u64),
        );
        text
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Row { phase, found, returns, done, again } = self;
        let came_back: usize = returns.iter().sum();
        let most = returns.iter().max().copied().unwrap_or_default();
        write!(
            f,
            "| {} | {} of {} | {:.0} | {:.2} % | {:.0} ms, {:.1} s | {}, {} at most in a second | {} | \
             {}, {again} |",
            phase.title(),
            count(found.answered),
            count(found.answered + found.failed),
            found.rate,
            found.availability,
            found.mean * 1e3,
            found.longest,
            count(came_back as u64),
            count(most as u64),
            drawn(returns),
            count(*done as u64),
        )
    }
}

/// Figures as little columns.
fn drawn(figures: &[usize]) -> String {
    const COLUMNS: [char; 9] = ['·', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = figures.iter().max().copied().unwrap_or_default().max(1);
    let column = |it: &usize| COLUMNS[(it * (COLUMNS.len() - 1)).div_ceil(most)];
    figures.iter().map(column).collect()
}

/// Thousands are told apart: `12 345`.
fn count(figure: u64) -> String {
    let digits = figure.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}
