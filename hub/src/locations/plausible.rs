//! What of that which phones say can be true.

use std::time::Duration;

use domain::{Point, Timestamp};
use streams::Fix;

use crate::error::ApiError;

/// A position less certain than this says nothing.
pub(super) const ACCURACY_METERS_MAX: f64 = 100.0;
/// Faster than anything that brings food: a phone that says so believes it is somewhere else.
const SPEED_METERS_PER_SECOND_MAX: f64 = 50.0;
/// A minute of life; that of the rules may be shorter.
pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// Somewhere a phone says that it was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) fix: Fix,
    /// Where in the list it stands, if it came in one.
    pub(super) index: Option<usize>,
}

impl Spot {
    /// Where in the report `field` of it stands.
    pub(super) fn pointer(self, field: &str) -> String {
        match self.index {
            Some(index) => format!("/{index}/{field}"),
            None => format!("/{field}"),
        }
    }
}

/// The newest position that somebody can have come to who was at `last`, one after the other:
/// what is not newer than the one before says nothing, and a jump that nobody makes is passed
/// over, so that one wrong position does not spoil those after it. Where a rider was before that
/// is nobody's business any more.
///
/// # Errors
/// If the rider can have come to none of the newer ones.
pub(super) fn newest(
    spots: &[Spot],
    last: Option<(Point, Timestamp)>,
    minute: Duration,
) -> Result<Option<Fix>, ApiError> {
    let mut reached: Option<Fix> = None;
    let mut doubted = None;
    for spot in spots {
        let fix = spot.fix;
        let before = reached.map(|it| (it.point, it.at)).or(last);
        match before {
            Some((_, at)) if fix.at <= at => (),
            Some(before) if !is_plausible(before, fix, minute) => {
                doubted.get_or_insert(spot);
            }
            _ => reached = Some(fix),
        }
    }
    match doubted {
        Some(spot) if reached.is_none() => {
            Err(ApiError::invalid(spot.pointer("lat"), "nobody gets there that fast"))
        }
        _ => Ok(reached),
    }
}

/// Whether somebody who was at `last` can have come to `fix`. Where a minute is short, everybody
/// moves that much faster.
fn is_plausible((from, since): (Point, Timestamp), fix: Fix, minute: Duration) -> bool {
    let haste = MINUTE.as_secs_f64() / minute.as_secs_f64();
    let ridden_meters = fix.at.since(since).as_secs_f64() * SPEED_METERS_PER_SECOND_MAX * haste;
    // Each of the two may be as wrong as a position may be.
    from.distance_meters(fix.point) <= ridden_meters + 2.0 * ACCURACY_METERS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    #[test]
    fn nobody_is_faster_than_a_car_on_a_motorway_unless_time_is() {
        let from = Point { lat: 37.5, lng: 126.9 };
        let last = (from, NOW);
        // 111 m a thousandth of a degree.
        let fix = |seconds: u64, lat: f64| Fix {
            point: Point { lat, ..from },
            heading: None,
            at: NOW + Duration::from_secs(seconds),
        };
        assert!(is_plausible(last, fix(1, 37.502), MINUTE));
        assert!(!is_plausible(last, fix(1, 37.503), MINUTE));
        assert!(is_plausible(last, fix(1, 37.503), MINUTE / 20));
        assert!(is_plausible(last, fix(60, 37.52), MINUTE));
    }
}
