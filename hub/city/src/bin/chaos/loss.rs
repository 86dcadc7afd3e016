//! What a loss of power or of a node takes with it, and what it may not: of that which was told in
//! its last moments some was never on a disk, or at a replica. Whoever acknowledged it without
//! having promised to keep it has not lied, but must not hide it either.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::records::{Answer, Book, News, Watch};
use crate::truth::Truth;

/// How long something may be on its way to whoever is told, in ms.
const UNDER_WAY_MS: u64 = 2_000;

/// Data that were there and are not any more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loss {
    /// From when on what was written may be gone, and when it was, in ms since 1970.
    pub(crate) from: u64,
    pub(crate) to: u64,
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
    /// Whether what was told at an instant may be gone.
    pub(crate) fn covers(&self, at: u64) -> bool {
        (self.from..=self.to + UNDER_WAY_MS).contains(&at)
    }
}

/// Strikes out what nobody can be held to. Returns how many acknowledgements do not stand.
pub(crate) fn forget(book: &mut Book, losses: &[Loss], truth: &Truth) -> usize {
    let mut lost = 0;
    for loss in losses {
        for asked in book.asked.iter_mut().filter(|it| loss.covers(it.to)) {
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
    let anew = watch
        .heard
        .iter()
        .position(|(at, news)| *at >= loss.to && matches!(news, News::Snapshot(_)));
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
        let loss = Loss { from: 100, to: 200, takes_acknowledged: true };
        let news = |at| (at, News::Publication { offset: at, text: String::new() });
        let mut watch = Watch {
            who: Who { role: "customer", id: "mina".to_owned() },
            channel: "order:o-1".to_owned(),
            lasts: true,
            heard: vec![news(90), news(150), news(210)],
        };
        forget_told(&mut watch, &loss);
        assert_eq!(watch.heard.len(), 3);
        watch.heard.extend([(220, News::Snapshot(String::new())), news(230)]);
        forget_told(&mut watch, &loss);
        let left: Vec<u64> = watch.heard.iter().map(|(at, _)| *at).collect();
        assert_eq!(left, [90, 220, 230]);
    }
}
