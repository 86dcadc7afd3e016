//! Where riders say that they are, many of them in one call.

use std::sync::LazyLock;

use domain::{OrderId, Point, RiderId, Timestamp};
use redis::Script;

use super::{instant, point};
use crate::{Error, Fix, Streams};

/// Riders whose reports go in one call. Redis is busy with it for a quarter of a millisecond, in
/// which nobody else is served.
pub const REPORTS_MAX: usize = 64;

static REPORT: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("../scripts/report_locations.lua")));

/// Where a rider is, in the light of what was known of them.
#[derive(Clone, Debug)]
pub struct LocationReport {
    /// Who.
    pub rider: RiderId,
    /// When the last position was by which this one was judged.
    pub seen: Option<Timestamp>,
    /// Where they are now.
    pub fix: Fix,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq)]
pub enum LocationOutcome {
    /// It is written, and whoever follows the rider is told.
    Noted {
        /// The instant that counts: what lies ahead counts as now.
        at: Timestamp,
        /// The jobs they hold, and those they are just claiming; oldest order first.
        jobs: Vec<OrderId>,
    },
    /// The rider does not work.
    Offline,
    /// Nothing was written, because something else is known than what it was judged by, or
    /// something as new.
    Known(Option<(Point, Timestamp)>),
}

impl Streams {
    /// Notes where a rider is, whatever was known of them before. For tests.
    ///
    /// # Errors
    /// If Redis fails; safe to do again.
    #[cfg(feature = "private-redis")]
    pub async fn report_location(
        &self,
        rider: &RiderId,
        fix: Fix,
    ) -> Result<LocationOutcome, Error> {
        let home = self.home_of_rider(rider);
        let seen = self.rider(rider).await?.at;
        let report = LocationReport { rider: rider.clone(), seen, fix };
        let outcomes = self.report_locations(home, &[report]).await?;
        outcomes.into_iter().next().ok_or_else(|| Error::Broken("no answer".to_owned()))
    }

    /// Notes where riders are who are at home in this partition, at most [`REPORTS_MAX`] of them
    /// and each once, and tells whoever follows them.
    ///
    /// # Errors
    /// If Redis fails; nobody knows then which of them are written. Safe to do again.
    pub async fn report_locations(
        &self,
        home: u16,
        reports: &[LocationReport],
    ) -> Result<Vec<LocationOutcome>, Error> {
        let mut script = REPORT.prepare_invoke();
        script.key(self.riding_key(home));
        for LocationReport { rider, seen, fix } in reports {
            script.key(self.rider_key(rider)).key(self.jobs_key(rider)).key(self.track(rider));
            script.arg(rider.as_str()).arg(seen.map_or_else(String::new, |at| at.0.to_string()));
            script.arg(fix.at.0).arg(fix.point.lat).arg(fix.point.lng);
            script.arg(fix.heading.map_or_else(|| "null".to_owned(), |it| it.to_string()));
        }
        let answers: Vec<Vec<String>> =
            self.run(home, &script).await.map_err(Error::writing("where riders are"))?;
        answers.iter().map(|answer| outcome(answer)).collect()
    }
}

fn outcome(answer: &[String]) -> Result<LocationOutcome, Error> {
    let answer: Vec<&str> = answer.iter().map(String::as_str).collect();
    match answer.as_slice() {
        ["noted", at, jobs @ ..] => {
            let mut jobs: Vec<OrderId> = jobs.iter().filter_map(|job| job.parse().ok()).collect();
            jobs.sort_unstable();
            Ok(LocationOutcome::Noted { at: instant(at)?, jobs })
        }
        ["offline"] => Ok(LocationOutcome::Offline),
        ["known", "", ..] => Ok(LocationOutcome::Known(None)),
        ["known", at, lat, lng] => {
            Ok(LocationOutcome::Known(Some((point(lat, lng)?, instant(at)?))))
        }
        _ => Err(Error::Broken("a position was answered oddly".to_owned())),
    }
}
