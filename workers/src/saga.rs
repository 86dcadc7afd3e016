//! The loop of a group: take entries, see to each, acknowledge.
//!
//! Entries are seen to side by side and in no order, not even those of one order: the version of
//! the order decides whose word counts. An entry that fails stays pending and comes back later.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use metrics::{counter, histogram};
use streams::{Acknowledger, Delivery, Durations, Entry, ExecuteError, Inbox, Kind, Position};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, error, info_span, warn};

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
    /// Which entry each task is about: its place, and the epoch of that.
    entries: HashMap<Id, (Position, String)>,
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
        let entry = (delivery.entry.position, delivery.entry.epoch.clone());
        // An inbox that lost its connection hands out once more what it may have handed out.
        if self.entries.values().any(|it| *it == entry) {
            return;
        }
        let task = self.tasks.spawn(work);
        self.entries.insert(task.id(), entry);
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
        self.entries.remove(&id);
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
        if let Err(failed) = outcome {
            // Or an outage of some minutes would end with everything given up that was in hand.
            if failed == Failed::ForWantOfRedis
                && let Err(error) = acknowledger.excuse(&delivery).await
            {
                let error = format!("{:#}", anyhow::Error::new(error));
                debug!(error, "a delivery counts that nothing could come of");
            }
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

/// Why an entry has to come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failed {
    /// Redis could not be asked: whatever the entry is, nothing could have come of it.
    ForWantOfRedis,
    /// It may be the entry.
    ForSomeReason,
}

/// How it went.
async fn attempt<D: Duty>(duty: &D, delivery: &Delivery) -> Result<&'static str, Failed> {
    let started = Instant::now();
    let seen_to = tokio::time::timeout(EFFECT_MAX, duty.see_to(&delivery.entry)).await;
    histogram!("workers_entry_seconds", "group" => D::GROUP).record(started.elapsed());
    let times = delivery.times;
    match seen_to {
        Ok(Ok(())) => Ok("done"),
        Ok(Err(error)) => {
            let failed = match is_outage(&error) {
                true => Failed::ForWantOfRedis,
                false => Failed::ForSomeReason,
            };
            let error = format!("{error:#}");
            warn!(error, times, "could not see to an entry, it will come again");
            Err(failed)
        }
        Err(_) => {
            let limit_ms = EFFECT_MAX.as_millis() as u64;
            warn!(limit_ms, times, "seeing to an entry took too long, it will come again");
            Err(Failed::ForSomeReason)
        }
    }
}

fn is_outage(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<streams::Error>();
    let cause = cause.or_else(|| match error.downcast_ref::<ExecuteError>() {
        Some(ExecuteError::Redis(cause)) => Some(cause),
        _ => None,
    });
    cause.is_some_and(streams::Error::is_outage)
}

fn count<D: Duty>(outcome: &'static str) {
    counter!("workers_entries_total", "group" => D::GROUP, "outcome" => outcome).increment(1);
}

fn count_lost<D: Duty>(how: &'static str, number: u64) {
    counter!("workers_entries_lost_total", "group" => D::GROUP, "how" => how).increment(number);
}
