//! What everybody asked and was told, word for word, with the time. Nothing is judged here.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// Somebody who uses the hub.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Who {
    /// `customer`, `store`, `rider` or `operator`.
    pub(crate) role: &'static str,
    pub(crate) id: String,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.role, self.id)
    }
}

/// A request, and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) who: Who,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) key: Option<String>,
    pub(crate) body: Value,
    /// When it was sent and when its answer came, in ms since 1970.
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) answer: Answer,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Nobody knows whether it was carried out.
    Unknown(String),
    /// The hub's word.
    Said { status: u16, text: String },
}

impl Answer {
    /// For a person to read.
    pub(crate) fn words(&self) -> String {
        match self {
            Answer::Unknown(why) => format!("unknown: {why}"),
            Answer::Said { status, text } => format!("{status} {text}"),
        }
    }

    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Answer::Said { status, .. } => Some(*status),
            Answer::Unknown(_) => None,
        }
    }

    /// The body of an answer that is a yes.
    pub(crate) fn yes(&self) -> Option<&str> {
        match self {
            Answer::Said { status: 200..=299, text } => Some(text),
            Answer::Said { .. } | Answer::Unknown(_) => None,
        }
    }

    /// Whether somebody who wants it done asks again.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Answer::Unknown(_) | Answer::Said { status: 429 | 500..=599, .. })
    }
}

/// What somebody who follows a channel was told.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// A picture to begin with, or to begin again with, and the epoch of the feed that it goes on
    /// with; empty if there is none, or the hub knew of none yet.
    Snapshot { epoch: String, text: String },
    /// The connection was lost; what passed meanwhile follows.
    Resumed,
    /// Something happened: its place in the feed, and the words.
    Publication { offset: u64, text: String },
}

/// Somebody who follows a channel, and all that they were told.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) who: Who,
    pub(crate) channel: String,
    /// Whether they follow it to the end, and do not just have a look.
    pub(crate) lasts: bool,
    /// When it was heard, in ms since 1970, and what.
    pub(crate) heard: Vec<(u64, News)>,
}

/// Everybody's records. Cloned handles are the same book.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records(Arc<Mutex<Book>>);

#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) asked: Vec<Asked>,
    pub(crate) watches: Vec<Watch>,
}

impl Records {
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note(&self, asked: Asked) {
        self.book().asked.push(asked);
    }

    /// Begins a record of a channel; its number is for [`Records::hear`].
    pub(crate) fn watch(&self, who: Who, channel: String, lasts: bool) -> usize {
        let mut book = self.book();
        book.watches.push(Watch { who, channel, lasts, heard: Vec::new() });
        book.watches.len() - 1
    }

    pub(crate) fn hear(&self, watch: usize, news: News) {
        if let Some(watch) = self.book().watches.get_mut(watch) {
            watch.heard.push((now(), news));
        }
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
