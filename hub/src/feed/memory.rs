//! What is remembered of one feed: its newest entries, without gaps.

use std::collections::VecDeque;
use std::sync::Arc;

use streams::Entry;

/// What an entry takes beside its body: ids, names and the place in the queue.
const ENTRY_BYTES: usize = 400;

/// The newest entries of one feed.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) epoch: Arc<str>,
    /// Without gaps, from the one after `floor` to the one at `reached`.
    pub(super) entries: VecDeque<Arc<Entry>>,
    pub(super) floor: u64,
    pub(super) reached: u64,
    bytes: usize,
    pub(super) bytes_max: usize,
}

/// What an entry is to one who follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The next one.
    Next,
    /// Seen before.
    Old,
    /// Something before it is missing.
    Gap,
    /// It is of another epoch: some of what was seen may never have been.
    Anew,
}

impl Memory {
    /// Nothing of the feed of `epoch` yet, of which everything up to `floor` is past.
    pub(super) fn new(epoch: Arc<str>, floor: u64, bytes_max: usize) -> Memory {
        Memory { epoch, entries: VecDeque::new(), floor, reached: floor, bytes: 0, bytes_max }
    }

    /// What `entry` is to whoever remembers this.
    pub(super) fn step(&self, entry: &Entry) -> Step {
        match entry.position.sequence {
            sequence if sequence <= self.reached => Step::Old,
            _ if !entry.epoch.is_empty() && *entry.epoch != *self.epoch => Step::Anew,
            sequence if sequence == self.reached + 1 => Step::Next,
            _ => streams::sabotaged!("memory-of-place", Step::Next, Step::Gap),
        }
    }

    /// Forgets everything before the entry at `sequence`, which comes next.
    pub(super) fn start_at(&mut self, sequence: u64) {
        self.entries.clear();
        self.bytes = 0;
        self.floor = sequence - 1;
        self.reached = self.floor;
    }

    /// Remembers the next entry, and forgets the oldest where there is no room.
    pub(super) fn keep(&mut self, entry: Arc<Entry>) {
        self.reached = entry.position.sequence;
        self.bytes += cost(&entry);
        self.entries.push_back(entry);
        while self.bytes > self.bytes_max {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= cost(&oldest);
            self.floor = oldest.position.sequence;
        }
    }
}

fn cost(entry: &Entry) -> usize {
    ENTRY_BYTES + entry.body.len()
}
