//! The way of positions to Redis. What is said while a call is under way goes with the next, all
//! riders of a partition in one: a busy hub makes no more calls, only fuller ones, and of a rider
//! who says more than one position meanwhile the newest is written. Nobody is answered before it
//! is.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{OrderId, Point, Refusal, RiderId, Timestamp};
use streams::{Error, Fix, LocationOutcome, LocationReport, REPORTS_MAX, Streams};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;

use super::plausible::{Spot, newest};
use crate::RulesHandle;
use crate::error::{ApiError, Code};

/// Reports that may wait for a call, in each partition: that is a good second of the busiest hub.
const WAITING_MAX: usize = 4_096;
/// How often a report is judged anew because something else is known of the rider meanwhile.
const JUDGED_MAX: usize = 3;
/// Riders of a partition whose last position is remembered, before all are forgotten and looked
/// up again one by one.
const REMEMBERED_MAX: usize = 20_000;
/// After how many seconds it is worth saying again what could not be written.
const RETRY_SECONDS: u32 = 1;

/// Takes positions for all partitions. Gone with the hub.
pub(crate) struct Intake {
    streams: Streams,
    /// One for each partition.
    writers: Vec<(mpsc::Sender<Said>, AbortOnDropHandle<()>)>,
}

/// What became of a report.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// The rider is here, and everybody who is elsewhere can know it.
    Noted { fix: Fix, jobs: Arc<[OrderId]> },
    /// As much was known before.
    NothingNew,
}

/// What a phone says, and who waits for what becomes of it.
struct Said {
    rider: RiderId,
    spots: Vec<Spot>,
    answer: oneshot::Sender<Result<Outcome, ApiError>>,
}

/// What one rider says that goes with one call.
type Turn = Vec<Said>;

/// What can be true of it: somewhere new, nothing new, or nothing that anybody does.
struct Judged {
    said: Said,
    verdict: Result<Option<Fix>, ApiError>,
}

impl Intake {
    /// Opens it.
    pub(crate) fn start(streams: &Streams, rules: &RulesHandle) -> Intake {
        let open = |home| {
            let (sender, receiver) = mpsc::channel(WAITING_MAX);
            let writer = Writer {
                home,
                streams: streams.clone(),
                rules: rules.clone(),
                known: HashMap::new(),
            };
            (sender, AbortOnDropHandle::new(tokio::spawn(writer.run(receiver))))
        };
        let writers = (0..streams.partitions()).map(open).collect();
        Intake { streams: streams.clone(), writers }
    }

    /// Notes that a rider was at `spots`, if they can have been.
    ///
    /// # Errors
    /// If they cannot, do not work, or Redis fails.
    pub(super) async fn report(
        &self,
        rider: &RiderId,
        spots: Vec<Spot>,
    ) -> Result<Outcome, ApiError> {
        let (answer, answered) = oneshot::channel();
        let said = Said { rider: rider.clone(), spots, answer };
        let (sender, _) = &self.writers[usize::from(self.streams.home_of_rider(rider))];
        sender.try_send(said).map_err(|_| not_now())?;
        answered.await.unwrap_or_else(|_| Err(not_now()))
    }
}

fn not_now() -> ApiError {
    let detail = "where you are could not be noted right now; say it again";
    ApiError::try_later(Code::Unavailable, detail, RETRY_SECONDS)
}

/// Writes the positions of one partition, one call after the other.
struct Writer {
    home: u16,
    streams: Streams,
    rules: RulesHandle,
    /// Where riders were who spoke here last. They may have spoken elsewhere since.
    known: HashMap<RiderId, (Point, Timestamp)>,
}

impl Writer {
    async fn run(mut self, mut waiting: mpsc::Receiver<Said>) {
        let mut batch = Vec::with_capacity(REPORTS_MAX);
        while waiting.recv_many(&mut batch, REPORTS_MAX).await > 0 {
            if let Err(error) = self.write(by_rider(batch.drain(..))).await {
                // Those who wait find their answer gone.
                let error = format!("{:#}", anyhow::Error::new(error));
                tracing::warn!(error, "where riders are could not be written");
            }
        }
    }

    async fn write(&mut self, mut turns: Vec<Turn>) -> Result<(), Error> {
        if self.known.len() > REMEMBERED_MAX {
            self.known.clear();
        }
        let mut surely = HashMap::new();
        for _ in 0..JUDGED_MAX {
            let judged = turns.into_iter().filter_map(|turn| self.judge(turn, &surely));
            let (reports, judged): (Vec<_>, Vec<_>) = judged.unzip();
            if reports.is_empty() {
                return Ok(());
            }
            let outcomes = self.streams.report_locations(self.home, &reports).await?;
            turns = Vec::new();
            for ((report, judged), outcome) in reports.into_iter().zip(judged).zip(outcomes) {
                let LocationReport { rider, fix, .. } = report;
                match outcome {
                    LocationOutcome::Noted { at, jobs } => {
                        self.known.insert(rider, (fix.point, at));
                        let jobs: Arc<[OrderId]> = jobs.into();
                        judged.into_iter().for_each(|it| it.answer(at, &jobs));
                    }
                    LocationOutcome::Offline => {
                        let refuse = |it: Judged| it.said.is(Err(Refusal::PositionUnknown.into()));
                        judged.into_iter().for_each(refuse);
                    }
                    LocationOutcome::Known(last) => {
                        surely.insert(rider, last);
                        turns.push(judged.into_iter().map(|it| it.said).collect());
                    }
                }
            }
        }
        // They speak in many places at once, and have been heard in others.
        turns.into_iter().flatten().for_each(|said| said.is(Ok(Outcome::NothingNew)));
        Ok(())
    }

    /// What of it is to be written. Nobody is refused for what is only believed here.
    fn judge(
        &mut self,
        turn: Turn,
        surely: &HashMap<RiderId, Option<(Point, Timestamp)>>,
    ) -> Option<(LocationReport, Vec<Judged>)> {
        let rider = turn.first()?.rider.clone();
        let minute = self.rules.get().minute;
        let last = match surely.get(&rider) {
            Some(last) => *last,
            None => self.known.get(&rider).copied().filter(|last| {
                let is_possible = |said: &Said| newest(&said.spots, Some(*last), minute).is_ok();
                turn.iter().all(is_possible)
            }),
        };
        let mut reached: Option<Fix> = None;
        let mut judge = |said: Said| {
            let last = reached.map(|it| (it.point, it.at)).or(last);
            let verdict = newest(&said.spots, last, minute);
            if let Ok(Some(fix)) = verdict {
                reached = Some(fix);
            }
            Judged { said, verdict }
        };
        let judged: Vec<Judged> = turn.into_iter().map(&mut judge).collect();
        match reached {
            Some(fix) => {
                let seen = last.map(|(_, at)| at);
                Some((LocationReport { rider, seen, fix }, judged))
            }
            None => {
                judged.into_iter().for_each(|it| it.answer(Timestamp(0), &Arc::default()));
                None
            }
        }
    }
}

impl Judged {
    /// Answers, now that the newest is written as of `at`.
    fn answer(self, at: Timestamp, jobs: &Arc<[OrderId]>) {
        let outcome = self.verdict.map(|fix| match fix {
            Some(fix) => {
                Outcome::Noted { fix: Fix { at: fix.at.min(at), ..fix }, jobs: jobs.clone() }
            }
            None => Outcome::NothingNew,
        });
        self.said.is(outcome);
    }
}

impl Said {
    fn is(self, outcome: Result<Outcome, ApiError>) {
        // Whoever has left does not want to know.
        let _ = self.answer.send(outcome);
    }
}

fn by_rider(said: impl Iterator<Item = Said>) -> Vec<Turn> {
    let mut places: HashMap<RiderId, usize> = HashMap::new();
    let mut turns: Vec<Turn> = Vec::new();
    for said in said {
        let place = *places.entry(said.rider.clone()).or_insert_with(|| {
            turns.push(Turn::new());
            turns.len() - 1
        });
        turns[place].push(said);
    }
    turns
}
