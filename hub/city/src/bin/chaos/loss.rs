//! What a loss of power or of a node takes with it, and what it may not: of that which was told in
//! its last moments some was never on a disk, or at a replica. Whoever acknowledged it without
//! having promised to keep it has not lied, but must not hide it either.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::records::{Answer, Asked, Book, News, Watch};
use crate::truth::Truth;

/// How long news may be on their way to whoever is told, in ms.
const UNDER_WAY_MS: u64 = 2_000;

/// How long money may go on moving for what is gone, in ms: a worker that was held begins where it
/// stood, and the provider takes its time.
const MONEY_UNDER_WAY_MS: u64 = 30_000;

/// Data that were there and are not any more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loss {
    /// From when on what was written may be gone, and when it was, in ms since 1970.
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// Until when somebody could still ask whoever had it.
    pub(crate) over: u64,
    /// The epochs of feeds that ended with it, or before.
    pub(crate) epochs: BTreeSet<String>,
    /// Whether that is true of what was acknowledged, too, and not only of what was seen.
    pub(crate) takes_acknowledged: bool,
}

/// A time in which there was no worker, in ms since 1970.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Absence {
    pub(crate) from: u64,
    pub(crate) to: u64,
}

impl Loss {
    /// Whether what was answered may be gone: however late the answer came, it was asked for while
    /// that was there.
    fn covers(&self, asked: &Asked) -> bool {
        asked.from <= self.over && asked.to >= self.from
    }

    /// Whether whoever is told something at an instant goes on after it.
    pub(crate) fn is_past(&self, at: u64) -> bool {
        at > self.over + UNDER_WAY_MS
    }

    /// Whether money that moved at an instant may have moved for what is gone.
    pub(crate) fn moves(&self, at: u64) -> bool {
        self.takes_acknowledged && (self.from..=self.over + MONEY_UNDER_WAY_MS).contains(&at)
    }

    /// Whether these are news of somebody who has looked again since, and saw what is left. A hub
    /// that was held, or a way that was slow, may show long after what was before.
    pub(crate) fn is_looked_past(&self, at: u64, news: &News) -> bool {
        let is_of_another = |epoch: &str| !epoch.is_empty() && !self.epochs.contains(epoch);
        at >= self.to && matches!(news, News::Snapshot { epoch, .. } if is_of_another(epoch))
    }
}

/// Strikes out what nobody can be held to. Returns how many acknowledgements do not stand.
pub(crate) fn forget(book: &mut Book, losses: &[Loss], truth: &Truth) -> usize {
    let mut lost = 0;
    for loss in losses {
        for asked in book.asked.iter_mut().filter(|it| loss.covers(it)) {
            let is_read = asked.method == "GET";
            let Some(text) = asked.answer.yes().filter(|_| is_read || loss.takes_acknowledged)
            else {
                continue;
            };
            lost += usize::from(!is_read && !stands(text, truth));
            asked.answer = Answer::Unknown("said just before it was lost".to_owned());
        }
        for watch in &mut book.watches {
            forget_told(watch, loss);
        }
    }
    lost
}

/// Whoever began anew with another picture has forgotten what was told before. Whoever did not was
/// told nothing that is gone.
fn forget_told(watch: &mut Watch, loss: &Loss) {
    let anew = watch.heard.iter().position(|(at, news)| loss.is_looked_past(*at, news));
    if let Some(anew) = anew {
        let mut place = 0;
        watch.heard.retain(|(at, _)| {
            place += 1;
            *at < loss.from || place > anew
        });
    }
}

/// Whether the order is as it was shown, or further.
fn stands(text: &str, truth: &Truth) -> bool {
    let view: Value = serde_json::from_str(text).unwrap_or_default();
    let id = view["orderId"].as_str().or(view["id"].as_str()).unwrap_or_default();
    match (truth.stories.get(id), view["version"].as_u64()) {
        (Some(story), Some(version)) => version <= story.version(),
        (None, Some(_)) => false,
        (_, None) => true,
    }
}

/// What is kept here is whole at any time.
pub(crate) fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Who;

    #[test]
    fn only_who_began_anew_forgets() {
        let epochs = BTreeSet::from(["old".to_owned()]);
        let loss = Loss { from: 100, to: 200, over: 210, epochs, takes_acknowledged: true };
        let picture =
            |at, epoch: &str| (at, News::Snapshot { epoch: epoch.to_owned(), text: String::new() });
        let news = |at| (at, News::Publication { offset: at, text: String::new() });
        let mut watch = Watch {
            who: Who { role: "customer", id: "mina".to_owned() },
            channel: "order:o-1".to_owned(),
            lasts: true,
            heard: vec![news(90), news(150), news(210)],
        };
        watch.heard.extend([picture(215, "old"), picture(220, "")]);
        forget_told(&mut watch, &loss);
        assert_eq!(watch.heard.len(), 5, "it may have been the picture before");
        watch.heard.extend([picture(230, "new"), news(240), picture(250, "new")]);
        forget_told(&mut watch, &loss);
        let left: Vec<u64> = watch.heard.iter().map(|(at, _)| *at).collect();
        assert_eq!(left, [90, 230, 240, 250]);
    }

    #[test]
    fn what_was_asked_for_before_is_as_lost_as_what_was_told() {
        let loss = Loss { from: 100, to: 200, over: 210, ..Loss::default() };
        let asked = |from, to| Asked {
            who: Who { role: "customer", id: "mina".to_owned() },
            method: "GET",
            path: "/orders".to_owned(),
            key: None,
            body: Value::Null,
            from,
            to,
            answer: Answer::Said { status: 200, text: "{}".to_owned() },
        };
        let cases =
            [((50, 99), false), ((50, 100), true), ((210, 9_000), true), ((211, 220), false)];
        for ((from, to), is_covered) in cases {
            assert_eq!(loss.covers(&asked(from, to)), is_covered, "{from} to {to}");
        }
    }
}
