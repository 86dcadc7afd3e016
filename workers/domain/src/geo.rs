//! Places on the map.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Latitudes that a Redis geo set can hold.
const LATITUDE_MAX: f64 = 85.05112878;

/// A position in degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Latitude, north positive.
    pub lat: f64,
    /// Longitude, east positive.
    pub lng: f64,
}

/// Where somebody was last, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sighting {
    /// Where.
    pub point: Point,
    /// When, by the clock of Redis.
    pub at: Timestamp,
}

impl Point {
    /// Mean radius of the earth as Redis has it, so that its distances and ours agree.
    pub const EARTH_RADIUS_METERS: f64 = 6_372_797.560856;

    /// Whether this is a place at all, and one that can be indexed.
    pub fn is_valid(self) -> bool {
        self.lat.abs() <= LATITUDE_MAX && self.lng.abs() <= 180.0
    }

    /// The great-circle distance.
    pub fn distance_meters(self, other: Point) -> f64 {
        let (lat_a, lat_b) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = ((lat_b - lat_a) / 2.0).sin();
        let half_lng = ((other.lng - self.lng).to_radians() / 2.0).sin();
        let chord = half_lat * half_lat + lat_a.cos() * lat_b.cos() * half_lng * half_lng;
        2.0 * Point::EARTH_RADIUS_METERS * chord.sqrt().min(1.0).asin()
    }
}

#[cfg(test)]
mod tests {
    use super::Point;

    #[test]
    fn a_known_distance_is_right() {
        let hongdae = Point { lat: 37.5563, lng: 126.9236 };
        let city_hall = Point { lat: 37.5663, lng: 126.9779 };
        let meters = hongdae.distance_meters(city_hall);
        assert!((4_910.0..4_930.0).contains(&meters), "{meters}");
    }

    #[test]
    fn nonsense_is_no_place() {
        assert!(!Point { lat: f64::NAN, lng: 1.0 }.is_valid());
        assert!(!Point { lat: 91.0, lng: 1.0 }.is_valid());
        assert!(!Point { lat: 1.0, lng: -180.5 }.is_valid());
        assert!(Point { lat: -37.5, lng: 180.0 }.is_valid());
    }
}
