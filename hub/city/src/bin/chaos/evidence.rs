//! For every order that a promise was broken about: a file with its log, what everybody asked of
//! it, and what everybody was told, in order of time.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use crate::judge::{Case, Violation};
use crate::records::{Asked, News};

/// Characters of each word that are written down.
const WORD_MAX: usize = 300;

/// Writes the files into `folder`.
pub(crate) fn write(
    case: &Case<'_>,
    violations: &[Violation],
    folder: &Path,
) -> anyhow::Result<()> {
    let orders: BTreeSet<&str> = violations.iter().map(|it| it.order.as_str()).collect();
    for order in orders {
        let mut lines: Vec<(u64, String)> = Vec::new();
        if let Some(story) = case.truth.stories.get(order) {
            for (index, event) in story.events.iter().enumerate() {
                let (version, name, sequence) = (index + 1, &event.name, event.sequence);
                let line = format!("log      {version} {name} at {sequence} by {}", event.by);
                lines.push((event.at, line));
            }
        }
        for asked in case.book.asked.iter().filter(|it| is_about(it, order)) {
            let (who, method, path) = (&asked.who, asked.method, &asked.path);
            let (key, answer) = (asked.key.as_deref().unwrap_or(""), short(&asked.answer.words()));
            let what = format!("{method} {path} {key} {}", asked.body);
            let line = format!("asked    {who} {what} until {}: {answer}", asked.to);
            lines.push((asked.from, line));
        }
        for (number, watch) in case.book.watches.iter().enumerate() {
            for (at, news) in &watch.heard {
                let is_about = match news {
                    News::Resumed => watch.channel.contains(order),
                    News::Snapshot { text, .. } | News::Publication { text, .. } => {
                        text.contains(order)
                    }
                };
                if is_about {
                    let (who, channel, news) = (&watch.who, &watch.channel, around(news, order));
                    lines.push((*at, format!("told     {number} {who} {channel}: {news}")));
                }
            }
        }
        lines.sort();
        let mut text = String::new();
        for violation in violations.iter().filter(|it| it.order == order) {
            writeln!(text, "{violation}")?;
        }
        for (at, line) in lines {
            writeln!(text, "{at} {line}")?;
        }
        if let Some(account) = case.ledger.get(order) {
            writeln!(text, "ledger   {account:?}")?;
        }
        std::fs::write(folder.join(format!("evidence-{order}.txt")), text)?;
    }
    Ok(())
}

/// Whether a request, or what it led to, names the order.
fn is_about(asked: &Asked, order: &str) -> bool {
    let is_answer = asked.method == "POST" && asked.answer.words().contains(order);
    asked.path.contains(order) || is_answer
}

/// The words from where the order is named.
fn around(news: &News, order: &str) -> String {
    match news {
        News::Resumed => "resumed".to_owned(),
        News::Snapshot { text, .. } => {
            format!("snapshot {}", short(&text[text.find(order).unwrap_or(0)..]))
        }
        News::Publication { offset, text } => {
            format!("publication {offset} {}", short(&text[text.find(order).unwrap_or(0)..]))
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(WORD_MAX).collect()
}
