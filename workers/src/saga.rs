//! The loop of a group: take entries, see to each, acknowledge.
//!
//! Entries are seen to side by side and in no order, not even those of one order: the version of
//! the order decides whose word counts. An entry that fails stays pending and comes back later.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use metrics::{counter, histogram};
use streams::{Acknowledger, Delivery, Durations, Entry, Inbox, Kind, Position};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, error, info_span, warn};

/// How many entries of one group a process has in hand at once.
const IN_HAND_MAX: usize = 64;
/// How many it asks for at least: an inbox reads one of each partition at a time, and what it
/// read beyond what was asked for would be left lying at a stop.
const BATCH_MIN: usize = 16;
/// Longest that seeing to one entry may take.
pub(crate) const EFFECT_MAX: Duration = Duration::from_secs(8);

// Or a second worker would take up an entry that the first is still working on.
const _: () = assert!(EFFECT_MAX.as_secs() * 3 < Durations::ENTRY_RECLAIM_DEFAULT.as_secs());

/// What a group does.
pub(crate) trait Duty: Send + Sync + 'static {
    /// The name of the group.
    const GROUP: &'static str;

    /// Whether `entry` can call for anything. Most do not: this is asked of every one, and so
    /// without waiting for anything.
    fn concerns(&self, entry: &Entry) -> bool;

    /// Does whatever the order of `entry` calls for by now; nothing if it was done before.
    fn see_to(&self, entry: &Entry) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// Sees to entries until `stop`; then finishes those in hand.
pub(crate) async fn run<D: Duty>(duty: D, mut inbox: Inbox, stop: CancellationToken) {
    let duty = Arc::new(duty);
    let acknowledger = inbox.acknowledger();
    let mut in_hand = InHand::default();
    let mut reported = inbox.losses();
    while !stop.is_cancelled() {
        in_hand.make_room::<D>().await;
        // Not interrupted by `stop`: what Redis has handed out would then wait for its reclaim.
        let deliveries = inbox.next(IN_HAND_MAX - in_hand.tasks.len()).await;
        let losses = inbox.losses();
        count_lost::<D>("dead", losses.dead - reported.dead);
        count_lost::<D>("trimmed", losses.trimmed - reported.trimmed);
        reported = losses;
        in_hand.take_all(&duty, deliveries, &acknowledger);
    }
    in_hand.take_all(&duty, inbox.close().await, &acknowledger);
    while in_hand.finish_one::<D>().await {}
}

/// The entries that are being seen to.
#[derive(Default)]
struct InHand {
    tasks: JoinSet<()>,
    positions: HashMap<Id, Position>,
}

impl InHand {
    /// Waits until it is worth asking for more.
    async fn make_room<D: Duty>(&mut self) {
        while self.tasks.len() > IN_HAND_MAX - BATCH_MIN {
            self.finish_one::<D>().await;
        }
        while let Some(finished) = self.tasks.try_join_next_with_id() {
            self.put_down::<D>(finished);
        }
    }

    /// Takes up what there is something to do about, and acknowledges the rest together.
    fn take_all<D: Duty>(
        &mut self,
        duty: &Arc<D>,
        deliveries: Vec<Delivery>,
        acknowledger: &Acknowledger,
    ) {
        let (called_for, passed) = deliveries.into_iter().partition::<Vec<_>, _>(|delivery| {
            // Others are news that these very groups made, for the hubs.
            delivery.entry.kind == Kind::Order && duty.concerns(&delivery.entry)
        });
        if !passed.is_empty() {
            let acknowledger = acknowledger.clone();
            self.tasks.spawn(async move {
                counter!("workers_entries_total", "group" => D::GROUP, "outcome" => "skipped")
                    .increment(passed.len() as u64);
                acknowledge(acknowledger.ack_all(&passed).await);
            });
        }
        for delivery in called_for {
            self.take(see_to(duty.clone(), delivery.clone(), acknowledger.clone()), &delivery);
        }
    }

    fn take(&mut self, work: impl Future<Output = ()> + Send + 'static, delivery: &Delivery) {
        let position = delivery.entry.position;
        // An inbox that lost its connection hands out once more what it may have handed out.
        if self.positions.values().any(|it| *it == position) {
            return;
        }
        let task = self.tasks.spawn(work);
        self.positions.insert(task.id(), position);
    }

    /// Whether there was one.
    async fn finish_one<D: Duty>(&mut self) -> bool {
        let finished = self.tasks.join_next_with_id().await;
        finished.map(|finished| self.put_down::<D>(finished)).is_some()
    }

    fn put_down<D: Duty>(&mut self, finished: Result<(Id, ()), JoinError>) {
        let id = match &finished {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        self.positions.remove(&id);
        if let Err(error) = finished {
            count::<D>("panicked");
            error!(group = D::GROUP, %error, "seeing to an entry panicked, it will come again");
        }
    }
}

async fn see_to<D: Duty>(duty: Arc<D>, delivery: Delivery, acknowledger: Acknowledger) {
    let span = info_span!(
        "entry",
        group = D::GROUP,
        position = %delivery.entry.position,
        order.id = delivery.entry.order.map(tracing::field::display),
        events = delivery.entry.events,
    );
    if let Some(trace) = &delivery.entry.trace {
        telemetry::follow(&span, trace);
    }
    async {
        let outcome = attempt(&*duty, &delivery).await;
        count::<D>(outcome.unwrap_or("failed"));
        if outcome.is_none() {
            return;
        }
        streams::crash_point!("entry.done");
        acknowledge(acknowledger.ack(&delivery).await);
    }
    .instrument(span)
    .await;
}

fn acknowledge(outcome: Result<(), streams::Error>) {
    if let Err(error) = outcome {
        let error = format!("{:#}", anyhow::Error::new(error));
        warn!(error, "could not acknowledge an entry, it will come again");
    }
}

/// How it went, or `None` if the entry has to come again.
async fn attempt<D: Duty>(duty: &D, delivery: &Delivery) -> Option<&'static str> {
    let started = Instant::now();
    let seen_to = tokio::time::timeout(EFFECT_MAX, duty.see_to(&delivery.entry)).await;
    histogram!("workers_entry_seconds", "group" => D::GROUP).record(started.elapsed());
    let times = delivery.times;
    match seen_to {
        Ok(Ok(())) => Some("done"),
        Ok(Err(error)) => {
            let error = format!("{error:#}");
            warn!(error, times, "could not see to an entry, it will come again");
            None
        }
        Err(_) => {
            let limit_ms = EFFECT_MAX.as_millis() as u64;
            warn!(limit_ms, times, "seeing to an entry took too long, it will come again");
            None
        }
    }
}

fn count<D: Duty>(outcome: &'static str) {
    counter!("workers_entries_total", "group" => D::GROUP, "outcome" => outcome).increment(1);
}

fn count_lost<D: Duty>(how: &'static str, number: u64) {
    counter!("workers_entries_lost_total", "group" => D::GROUP, "how" => how).increment(number);
}
