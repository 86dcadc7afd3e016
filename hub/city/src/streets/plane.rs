//! Positions on the globe and points on the flat plane that the neighbourhood is drawn on.
//!
//! A few kilometers are flat enough: the error of this projection there is below a meter.

use serde::{Deserialize, Serialize};

const ORIGIN: Position = Position { lat: 37.553, lng: 126.9105 };
const METERS_PER_DEGREE: f64 = 111_195.0;

/// A place on the globe, in degrees, as the hub and the apps write it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lng: f64,
}

impl Position {
    /// Meters to `other` as the crow flies.
    pub fn meters_to(self, other: Position) -> f64 {
        Point::from(self).meters_to(other.into())
    }
}

/// A place on the plane: meters east and north of the middle of the neighbourhood.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Point {
    pub(crate) east: f64,
    pub(crate) north: f64,
}

impl Point {
    pub(crate) fn meters_to(self, other: Point) -> f64 {
        (other.east - self.east).hypot(other.north - self.north)
    }

    /// The point at `share` (0 to 1) of the way to `other`.
    pub(crate) fn toward(self, other: Point, share: f64) -> Point {
        Point {
            east: self.east + (other.east - self.east) * share,
            north: self.north + (other.north - self.north) * share,
        }
    }

    /// The share of the way from `start` to `end` at which the straight line passes closest.
    pub(crate) fn share_along(self, start: Point, end: Point) -> f64 {
        let (east, north) = (end.east - start.east, end.north - start.north);
        let length_squared = east * east + north * north;
        if length_squared == 0.0 {
            return 0.0;
        }
        let dot = (self.east - start.east) * east + (self.north - start.north) * north;
        (dot / length_squared).clamp(0.0, 1.0)
    }

    /// `meters` to the left of the line from `start` to `end`, seen from `self`.
    pub(crate) fn beside(self, start: Point, end: Point, meters: f64) -> Point {
        let length = start.meters_to(end).max(f64::EPSILON);
        Point {
            east: self.east - (end.north - start.north) / length * meters,
            north: self.north + (end.east - start.east) / length * meters,
        }
    }

    /// Turned around the origin, counterclockwise.
    pub(crate) fn turned(self, radians: f64) -> Point {
        let (sin, cos) = radians.sin_cos();
        Point {
            east: self.east * cos - self.north * sin,
            north: self.east * sin + self.north * cos,
        }
    }
}

impl From<Position> for Point {
    fn from(position: Position) -> Self {
        Self {
            east: (position.lng - ORIGIN.lng) * METERS_PER_DEGREE * ORIGIN.lat.to_radians().cos(),
            north: (position.lat - ORIGIN.lat) * METERS_PER_DEGREE,
        }
    }
}

impl From<Point> for Position {
    fn from(point: Point) -> Self {
        let lng_meters = METERS_PER_DEGREE * ORIGIN.lat.to_radians().cos();
        Self {
            lat: ORIGIN.lat + point.north / METERS_PER_DEGREE,
            lng: ORIGIN.lng + point.east / lng_meters,
        }
    }
}
