//! What was measured: durations, what they amount to, and tables of them.

use std::fmt;
use std::time::Duration;

use crate::plot::{Picture, Plot};

/// Durations of the same thing.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The duration that so many of a thousand do not exceed.
    pub(crate) fn permille(&mut self, permille: usize) -> Duration {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        self.0.get(last.min(self.0.len() * permille / 1_000)).copied().unwrap_or_default()
    }

    /// Half, 99 of a hundred, and the worst, in milliseconds.
    pub(crate) fn summary(&mut self) -> String {
        let [half, most, worst] = [500, 990, 1_000].map(|it| milliseconds(self.permille(it)));
        format!("p50 {half}, p99 {most}, worst {worst} ms")
    }
}

/// The middle one of some figures.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1_000.0)
}

/// Thousands are told apart: `12 345`.
pub(crate) fn count(figure: f64) -> String {
    let digits = format!("{:.0}", figure.max(0.0));
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// What a scenario found.
#[derive(Debug)]
pub(crate) struct Table {
    title: &'static str,
    columns: &'static [&'static str],
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
    plots: Vec<Plot>,
    pictures: Vec<Picture>,
}

impl Table {
    pub(crate) fn new(title: &'static str) -> Table {
        Table::of(title, &["what", "here", "beside it", "ratio"])
    }

    /// With columns of its own.
    pub(crate) fn of(title: &'static str, columns: &'static [&'static str]) -> Table {
        Table { title, columns, rows: vec![], notes: vec![], plots: vec![], pictures: vec![] }
    }

    /// What was measured, how it went, what stands beside it, and how the two compare.
    pub(crate) fn row(&mut self, what: String, ours: String, beside: String, ratio: String) {
        self.rows.push(vec![what, ours, beside, ratio]);
    }

    /// A row of a table with columns of its own.
    pub(crate) fn cells(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// What is to be known of it.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// How it grows.
    pub(crate) fn plot(&mut self, plot: Plot) {
        self.plots.push(plot);
    }

    /// What somebody else has drawn of it.
    pub(crate) fn picture(&mut self, picture: Picture) {
        self.pictures.push(picture);
    }

    /// All that stands below it.
    ///
    /// # Errors
    /// If one cannot be drawn.
    pub(crate) fn pictures(&self) -> anyhow::Result<Vec<Picture>> {
        let drawn = self.plots.iter().map(Plot::picture);
        drawn.chain(self.pictures.iter().cloned().map(Ok)).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### {}\n", self.title)?;
        writeln!(f, "| {} |", self.columns.join(" | "))?;
        writeln!(f, "|{}", "---|".repeat(self.columns.len()))?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        for note in &self.notes {
            writeln!(f, "\n{note}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_times_amount_to_what_they_are() {
        let mut times = Times::default();
        for millis in (1..=100).rev() {
            times.add(Duration::from_millis(millis));
        }
        assert_eq!(times.permille(500), Duration::from_millis(51));
        assert_eq!(times.summary(), "p50 51.00, p99 100.00, worst 100.00 ms");
        assert_eq!(Times::default().summary(), "p50 0.00, p99 0.00, worst 0.00 ms");
    }

    #[test]
    fn long_figures_can_be_read() {
        assert_eq!(count(7.4), "7");
        assert_eq!(count(1_234.0), "1 234");
        assert_eq!(count(1_234_567.0), "1 234 567");
    }
}
