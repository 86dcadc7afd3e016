//! What one hub has heard of where riders are and has not written down, and in which cells it has
//! put them: of each rider the newest, so a tick writes no more than there are riders.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::{Point, RiderId};
use streams::{Cell, Place};

/// Most riders of whom a hub remembers this. More do not report to one hub; who is beyond it is
/// counted again with a later report.
const RIDERS_MAX: usize = 50_000;

#[derive(Debug, Default)]
pub(super) struct Heard {
    waiting: HashMap<RiderId, Point>,
    /// Where each was written down, and when.
    noted: HashMap<RiderId, (Cell, Instant)>,
}

impl Heard {
    /// A rider is at `point`.
    pub(super) fn take(&mut self, rider: &RiderId, point: Point) {
        if self.waiting.len() < RIDERS_MAX || self.waiting.contains_key(rider) {
            self.waiting.insert(rider.clone(), point);
        }
    }

    /// A rider is nowhere any more.
    pub(super) fn forget(&mut self, rider: &RiderId) {
        self.waiting.remove(rider);
        self.noted.remove(rider);
    }

    /// What is to be written down `now`. Positions count for `stale`.
    pub(super) fn drain(&mut self, now: Instant, stale: Duration) -> Vec<Place> {
        self.noted.retain(|_, (_, at)| now.duration_since(*at) <= stale);
        let place = |(rider, point): (RiderId, Point)| {
            let cell = Cell::of(point);
            let is_known = self.noted.len() < RIDERS_MAX || self.noted.contains_key(&rider);
            let before = match is_known {
                true => self.noted.insert(rider.clone(), (cell, now)),
                false => None,
            };
            let left = before.map(|(before, _)| before).filter(|before| *before != cell);
            Place { rider, point, left }
        };
        std::mem::take(&mut self.waiting).into_iter().map(place).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Point = Point { lat: 37.5540, lng: 126.9101 };
    const NEXT_DOOR: Point = Point { lat: 37.5541, lng: 126.9101 };
    const ACROSS: Point = Point { lat: 37.5540, lng: 126.9500 };
    const STALE: Duration = Duration::from_secs(60);

    #[test]
    fn of_a_riders_positions_only_the_newest_is_written_and_once() {
        let (mut heard, rider) = (Heard::default(), "r-1".parse::<RiderId>().unwrap());
        for point in [HERE, ACROSS, NEXT_DOOR] {
            heard.take(&rider, point);
        }
        let now = Instant::now();
        let place = Place { rider, point: NEXT_DOOR, left: None };
        assert_eq!(heard.drain(now, STALE), [place]);
        assert_eq!(heard.drain(now, STALE), []);
    }

    #[test]
    fn who_crosses_into_another_cell_leaves_the_one_before() {
        let (mut heard, rider) = (Heard::default(), "r-1".parse::<RiderId>().unwrap());
        let mut now = Instant::now();
        let mut left = |point, later| {
            heard.take(&rider, point);
            now += later;
            heard.drain(now, STALE)[0].left
        };
        assert_eq!(left(HERE, Duration::ZERO), None);
        assert_eq!(left(NEXT_DOOR, Duration::ZERO), None);
        assert_eq!(left(ACROSS, Duration::ZERO), Some(Cell::of(HERE)));
        // Nobody is looked for there any more.
        assert_eq!(left(HERE, STALE * 2), None);
    }
}
