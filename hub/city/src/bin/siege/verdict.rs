//! Whether anybody missed anything: what each was told, beside what the feeds in Redis say.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context;
use domain::{OrderId, StoreId};
use streams::{Kind, Streams};
use tokio::time::{Instant, sleep};

use crate::crowd::{Listener, Topic};

/// How long the last news may take to everybody.
const SETTLED_MAX: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What the feeds have for each channel: place and version, in order.
#[derive(Default)]
struct Feeds {
    orders: HashMap<OrderId, Vec<(u64, u64)>>,
    stores: HashMap<StoreId, Vec<(u64, u64)>>,
}

/// What became of the news.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// How many everybody together was to hear.
    pub(crate) owed: usize,
    /// How many of these did not come.
    pub(crate) missed: usize,
    /// How many people heard something twice, out of turn, or that nobody said.
    pub(crate) wrong: usize,
    /// How often a snapshot had to stand for what was missed.
    pub(crate) begun_again: usize,
    /// Whose subscription ended.
    pub(crate) over: usize,
}

impl Verdict {
    /// Whether everybody was told everything, once and in order.
    pub(crate) fn is_good(&self) -> bool {
        (self.missed, self.wrong, self.begun_again, self.over) == (0, 0, 0, 0)
    }
}

/// How far every feed is. What comes after, everybody in the crowd has to be told.
pub(crate) async fn tops(streams: &Streams) -> anyhow::Result<Vec<u64>> {
    let mut tops = Vec::new();
    for partition in 0..streams.partitions() {
        tops.push(streams.feed_top(partition).await?.sequence);
    }
    Ok(tops)
}

/// Compares, once nobody waits for anything more, or has waited for long enough.
pub(crate) async fn judge(
    streams: &Streams,
    crowd: &[Listener],
    tops: &[u64],
) -> anyhow::Result<Verdict> {
    let started = Instant::now();
    loop {
        // Again each time: what was begun may only now be recorded.
        let feeds = read(streams, tops).await.context("reading the feeds")?;
        let verdict = compare(&feeds, crowd);
        if verdict.is_good() || started.elapsed() > SETTLED_MAX {
            return Ok(verdict);
        }
        sleep(LOOK_EVERY).await;
    }
}

async fn read(streams: &Streams, tops: &[u64]) -> anyhow::Result<Feeds> {
    let mut feeds = Feeds::default();
    for (partition, top) in (0..streams.partitions()).zip(tops) {
        for entry in streams.recent(partition, usize::MAX).await? {
            let sequence = entry.position.sequence;
            if sequence <= *top {
                continue;
            }
            if let (Kind::Order, Some(order)) = (entry.kind, entry.order) {
                feeds.orders.entry(order).or_default().push((sequence, entry.version));
            }
            // No store sees an order whose payment is not approved.
            let is_shown = match entry.kind {
                Kind::Order => entry.decode_order()?.placed_at.is_some(),
                Kind::Store => true,
                Kind::Customer | Kind::Rider | Kind::Unreadable => false,
            };
            if let (true, Some(store)) = (is_shown, entry.store) {
                feeds.stores.entry(store).or_default().push((sequence, entry.version));
            }
        }
    }
    Ok(feeds)
}

fn compare(feeds: &Feeds, crowd: &[Listener]) -> Verdict {
    let mut verdict = Verdict::default();
    for listener in crowd {
        let owed = match &listener.topic {
            Topic::Order(id, _) => feeds.orders.get(id),
            Topic::Store(id) => feeds.stores.get(id),
        };
        let owed = owed.map_or(&[][..], Vec::as_slice);
        let record = listener.record();
        let missed = owed.iter().filter(|it| !record.heard.contains(it)).count();
        verdict.owed += owed.len();
        verdict.missed += missed;
        // Whoever heard what was owed and nothing else heard it in this order.
        let expected = owed.iter().filter(|it| record.heard.contains(it));
        verdict.wrong += usize::from(!record.heard.iter().eq(expected));
        verdict.begun_again += record.begun_again;
        verdict.over += usize::from(record.is_over);
    }
    verdict
}
