//! Where a rider is, and where they are going.

use std::time::Duration;

use crate::streets::{Position, Route, Streets};

/// 20 km/h, what a scooter makes of a city.
const METERS_PER_SECOND: f64 = 20.0 / 3.6;

/// Riding along one route after the other.
pub(super) struct Round {
    at: Position,
    route: Option<Route>,
    ridden_meters: f64,
    /// What the clock of the tempo showed when the rider was last moved.
    moved_at: Duration,
}

impl Round {
    /// A rider who stands at `at`.
    pub(super) fn new(at: Position, clock: Duration) -> Self {
        Self { at, route: None, ridden_meters: 0.0, moved_at: clock }
    }

    pub(super) fn at(&self) -> Position {
        self.at
    }

    /// Whether the rider stands where they wanted to be.
    pub(super) fn has_arrived(&self) -> bool {
        self.route.is_none()
    }

    /// Rides to `to` from here.
    pub(super) fn ride_to(&mut self, to: Position, streets: &Streets) {
        self.route = Some(streets.route(self.at, to));
        self.ridden_meters = 0.0;
    }

    /// Moves as far as the rider came since the last time.
    pub(super) fn advance(&mut self, clock: Duration) {
        let since = clock.saturating_sub(self.moved_at);
        self.moved_at = clock;
        let Some(route) = &self.route else {
            return;
        };
        self.ridden_meters += since.as_secs_f64() * METERS_PER_SECOND;
        self.at = route.position_after(self.ridden_meters);
        if self.ridden_meters >= route.meters() {
            self.route = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rider_makes_20_kilometers_an_hour_and_arrives() {
        let streets = Streets::new(20_261_122);
        let (from, to) =
            (Position { lat: 37.55, lng: 126.905 }, Position { lat: 37.556, lng: 126.915 });
        let mut round = Round::new(streets.nearest_on_street(from), Duration::ZERO);
        round.ride_to(to, &streets);
        let meters = streets.route(from, to).meters();
        let needed = meters / METERS_PER_SECOND;
        round.advance(Duration::from_secs_f64(needed / 2.0));
        assert!(!round.has_arrived());
        round.advance(Duration::from_secs_f64(needed + 1.0));
        assert!(round.has_arrived());
        assert!(round.at().meters_to(streets.nearest_on_street(to)) < 0.1);
    }
}
