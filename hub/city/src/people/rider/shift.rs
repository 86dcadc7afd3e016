//! A rider's shift: where they are, what they carry, what they could take on.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::round::Round;
use crate::client::{Client, Error, Socket};
use crate::people::views::{Around, Job, Report};
use crate::streets::Position;

/// Every so many ticks, what is nearby is asked for anew.
const LOOK_AROUND_TICKS: u32 = 2;
/// A refused pick or confirm is tried again after so many ticks.
const PATIENCE_TICKS: u32 = 3;
/// So many ticks without the hub, and the app starts over.
const SILENT_TICKS_MAX: u32 = 20;
const NEARBY_METERS: u32 = 2_000;
const JOBS_MAX: usize = 2;
/// A second job is taken on only from a kitchen this close to the first one's.
const DETOUR_METERS: f64 = 250.0;

/// Where the rider is heading, and why.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Duty {
    Patrol,
    Fetch(String),
    Bring(String),
}

/// The rider's evening between two losses of the hub.
pub(super) struct Shift {
    pub(super) client: Client,
    pub(super) socket: Socket,
    pub(super) round: Round,
    pub(super) duty: Duty,
    /// Own jobs.
    pub(super) jobs: HashMap<String, Job>,
    /// Jobs nearby, and when this rider goes for them.
    pub(super) offers: HashMap<String, (Job, Duration)>,
    pub(super) ticks: u32,
    silent_ticks: u32,
    refused_at_tick: Option<u32>,
    /// Until when the rider rests between two patrols.
    pub(super) rests_until: Duration,
}

impl Shift {
    pub(super) fn new(client: Client, socket: Socket, round: Round) -> Self {
        Self {
            client,
            socket,
            round,
            duty: Duty::Patrol,
            jobs: HashMap::new(),
            offers: HashMap::new(),
            ticks: 0,
            silent_ticks: 0,
            refused_at_tick: None,
            rests_until: Duration::ZERO,
        }
    }

    /// Notes what has become of own jobs.
    pub(super) fn own(&mut self, jobs: impl IntoIterator<Item = Job>) {
        for job in jobs {
            let known = self.jobs.get(&job.order_id);
            if known.is_some_and(|known| known.version > job.version) {
                continue;
            }
            self.offers.remove(&job.order_id);
            if job.mine && !job.is_over() {
                self.jobs.insert(job.order_id.clone(), job);
            } else {
                self.jobs.remove(&job.order_id);
            }
        }
    }

    /// Takes out the nearest claimable job that fits what the rider does already.
    pub(super) fn best_offer(&mut self, clock: Duration) -> Option<Job> {
        if self.jobs.len() >= JOBS_MAX {
            return None;
        }
        let fits = |offer: &Job| {
            self.jobs.values().all(|own| {
                !own.is_carried() && own.store.at.meters_to(offer.store.at) < DETOUR_METERS
            })
        };
        let away = |offer: &Job| offer.store.at.meters_to(self.round.at());
        let (order_id, _) = self
            .offers
            .iter()
            .filter(|(_, (job, when))| job.claimable && *when <= clock && fits(job))
            .min_by(|(_, (a, _)), (_, (b, _))| away(a).total_cmp(&away(b)))?;
        let order_id = order_id.clone();
        // Whatever comes of it: if the job is still to be had, there will be news of it.
        self.offers.remove(&order_id).map(|(job, _)| job)
    }

    /// First everything is fetched, then everything is brought, nearest first.
    pub(super) fn next_duty(&self) -> Duty {
        let away = |job: &&Job| {
            let goal = if job.is_carried() { job.dropoff.at() } else { job.store.at };
            (job.is_carried(), goal.meters_to(self.round.at()) as u64)
        };
        match self.jobs.values().min_by_key(away) {
            None => Duty::Patrol,
            Some(job) if job.is_carried() => Duty::Bring(job.order_id.clone()),
            Some(job) => Duty::Fetch(job.order_id.clone()),
        }
    }

    pub(super) fn goal(&self, duty: &Duty) -> Option<Position> {
        match duty {
            Duty::Patrol => None,
            Duty::Fetch(order_id) => self.jobs.get(order_id).map(|job| job.store.at),
            Duty::Bring(order_id) => self.jobs.get(order_id).map(|job| job.dropoff.at()),
        }
    }

    /// Tells the hub where the rider is. Out of reach, the rider rides on for a while.
    pub(super) async fn report(&mut self, at: Position) -> Result<(), Error> {
        let mut outcome = self.socket.rpc::<Value>("riders.location", &report(at)).await;
        if outcome.is_ok() && self.ticks.is_multiple_of(LOOK_AROUND_TICKS) {
            outcome = self.socket.rpc::<Value>("nearby.move", &around(at)).await;
        }
        match outcome {
            Ok(_) => self.silent_ticks = 0,
            Err(error) if error.is_temporary() && self.silent_ticks < SILENT_TICKS_MAX => {
                self.silent_ticks += 1;
            }
            // One position that the hub did not believe, or that came too soon after another.
            Err(error) if error.problem().is_some_and(|problem| problem.status == 422) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Picks the food up, or hands it over.
    pub(super) async fn hand_over(&mut self, order_id: &str, word: &str) -> Result<(), Error> {
        let too_soon = |tick| self.ticks.wrapping_sub(tick) < PATIENCE_TICKS;
        if self.refused_at_tick.is_some_and(too_soon) {
            return Ok(());
        }
        let path = format!("/deliveries/{order_id}/{word}");
        match self.client.put::<Job>(&path, &json!({})).await {
            Ok(job) => {
                self.refused_at_tick = None;
                self.own([job]);
            }
            Err(error) if error.is_temporary() => return Err(error),
            Err(error) => {
                tracing::debug!(order.id = %order_id, %error, "not handed over");
                self.refused_at_tick = Some(self.ticks);
                // Not this rider's any more, whatever the last news said.
                if matches!(error.code(), Some("not_yours" | "not_found" | "taken")) {
                    self.jobs.remove(order_id);
                }
            }
        }
        Ok(())
    }
}

/// What the app asks of `nearby`.
pub(super) fn around(at: Position) -> Around {
    Around { at, radius_meters: NEARBY_METERS }
}

/// What a phone says of where it is.
pub(super) fn report(at: Position) -> Report {
    Report { at_position: at, accuracy_meters: 8, at: format!("{:.3}", Timestamp::now()) }
}
