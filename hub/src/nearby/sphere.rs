//! Places on a ball, so that comparing distances takes no sines: a job is compared with every rider
//! around it.

use domain::Point;

/// A place on the unit sphere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place([f64; 3]);

/// A distance, as the square of the straight line through the unit sphere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach(f64);

impl Place {
    pub(super) fn of(point: Point) -> Place {
        let (lat_sin, lat_cos) = point.lat.to_radians().sin_cos();
        let (lng_sin, lng_cos) = point.lng.to_radians().sin_cos();
        Place([lat_cos * lng_cos, lat_cos * lng_sin, lat_sin])
    }

    /// The same as [`Point::distance_meters`], but for a hair.
    pub(super) fn meters_to(self, other: Place) -> f64 {
        2.0 * Point::EARTH_RADIUS_METERS * (self.chord_squared(other).sqrt() / 2.0).min(1.0).asin()
    }

    pub(super) fn is_within(self, reach: Reach, other: Place) -> bool {
        self.chord_squared(other) <= reach.0
    }

    fn chord_squared(self, other: Place) -> f64 {
        self.0.iter().zip(other.0).map(|(a, b)| (a - b) * (a - b)).sum()
    }
}

impl Reach {
    pub(super) fn of_meters(meters: f64) -> Reach {
        // Half way around is the furthest there is.
        let half_angle = meters / (2.0 * Point::EARTH_RADIUS_METERS);
        let half_chord = half_angle.min(std::f64::consts::FRAC_PI_2).sin();
        Reach(4.0 * half_chord * half_chord)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point() -> impl Strategy<Value = Point> {
        (-85.0..85.0, -180.0..180.0).prop_map(|(lat, lng)| Point { lat, lng })
    }

    proptest! {
        #[test]
        fn distances_are_those_of_points(
            from in point(),
            north in -0.3..0.3_f64,
            east in -0.3..0.3_f64,
            meters in 1.0..30_000_000.0_f64,
        ) {
            let to = Point { lat: (from.lat + north).clamp(-85.0, 85.0), lng: from.lng + east };
            let (expected, found) = (from.distance_meters(to), Place::of(from).meters_to(Place::of(to)));
            prop_assert!((expected - found).abs() < 1e-3, "{expected} {found}");
            let is_within = Place::of(from).is_within(Reach::of_meters(meters), Place::of(to));
            prop_assert!(is_within == (expected <= meters) || (expected - meters).abs() < 1e-3);
        }
    }
}
