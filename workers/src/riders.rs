//! Group `rider`: keeps riders' lists of jobs in step with the orders, and tells riders of them.

use anyhow::Context;
use streams::{Entry, Streams};

use crate::saga::Duty;

/// Tells riders.
pub(crate) struct Riders {
    pub(crate) streams: Streams,
}

impl Duty for Riders {
    const GROUP: &'static str = "rider";

    fn concerns(&self, entry: &Entry) -> bool {
        entry.rider.is_some() || entry.previous_rider.is_some()
    }

    async fn see_to(&self, entry: &Entry) -> anyhow::Result<()> {
        let concerned = [&entry.rider, &entry.previous_rider];
        // As it was after this append and not as it is: the version it carries keeps a late entry
        // from undoing what a later one said.
        let order = entry.decode_order().context("reading the entry")?;
        let event = entry.events.rsplit(',').next().unwrap_or_default();
        for rider in concerned.into_iter().flatten() {
            self.streams.tell_rider(rider, &order, event).await.context("telling the rider")?;
        }
        Ok(())
    }
}
