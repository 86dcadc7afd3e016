//! The map in cells: geohashes of five characters, 4.9 km wide at the equator and 4.9 km high.

use std::fmt::{self, Display, Formatter};

use domain::Point;

/// Columns around the earth and rows from pole to pole: 13 and 12 bits of a hash.
const COLUMNS: u32 = 1 << 13;
const ROWS: u32 = 1 << 12;
/// Side of a cell, in both directions.
const CELL_DEGREES: f64 = 360.0 / COLUMNS as f64;
/// Characters of a hash, of five bits each.
const LENGTH: u32 = 5;
const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
/// Meters of a degree of latitude.
const DEGREE_METERS: f64 = 111_195.0;

/// A cell of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    row: u32,
    column: u32,
}

impl Cell {
    /// The cell that holds `point`.
    pub fn of(point: Point) -> Cell {
        let index = |degrees: f64, count: u32| {
            // A cast takes what lies outside to the edge.
            ((degrees / CELL_DEGREES).floor() as u32).min(count - 1)
        };
        Cell { row: index(point.lat + 90.0, ROWS), column: index(point.lng + 180.0, COLUMNS) }
    }

    /// Every cell that a circle touches, and perhaps some of its neighbours.
    pub fn around(point: Point, radius_meters: f64) -> impl Iterator<Item = Cell> {
        let lat_degrees = radius_meters / DEGREE_METERS;
        // Towards the poles a degree of longitude shrinks; nobody delivers beyond 85°.
        let lng_degrees = lat_degrees / point.lat.to_radians().cos().max(0.08);
        let first = Cell::of(Point { lat: point.lat - lat_degrees, lng: point.lng - lng_degrees });
        let last = Cell::of(Point { lat: point.lat + lat_degrees, lng: point.lng + lng_degrees });
        (first.row..=last.row)
            .flat_map(move |row| (first.column..=last.column).map(move |it| (row, it)))
            .map(|(row, column)| Cell { row, column })
    }

    /// Its middle.
    pub(crate) fn middle(self) -> Point {
        let degrees = |index: u32| (f64::from(index) + 0.5) * CELL_DEGREES;
        Point { lat: degrees(self.row) - 90.0, lng: degrees(self.column) - 180.0 }
    }

    /// The cell of this name.
    pub(crate) fn parse(text: &str) -> Option<Cell> {
        if text.len() != LENGTH as usize {
            return None;
        }
        let (mut row, mut column) = (0, 0);
        for (index, byte) in text.bytes().enumerate() {
            let value = ALPHABET.iter().position(|it| *it == byte)? as u32;
            for bit in 0..5 {
                // Bits of the longitude and the latitude take turns, longitude first.
                let axis = if (index * 5 + bit).is_multiple_of(2) { &mut column } else { &mut row };
                *axis = *axis << 1 | (value >> (4 - bit) & 1);
            }
        }
        Some(Cell { row, column })
    }
}

/// As a geohash.
impl Display for Cell {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (mut row_bit, mut column_bit) = (ROWS >> 1, COLUMNS >> 1);
        let mut is_column = true;
        for _ in 0..LENGTH {
            let mut value = 0;
            for _ in 0..5 {
                let (axis, bit) = match is_column {
                    true => (self.column, &mut column_bit),
                    false => (self.row, &mut row_bit),
                };
                value = value << 1 | usize::from(axis & *bit != 0);
                *bit >>= 1;
                is_column = !is_column;
            }
            write!(f, "{}", char::from(ALPHABET[value]))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_geohashes() {
        let hongdae = Point { lat: 37.5563, lng: 126.9236 };
        assert_eq!(Cell::of(hongdae).to_string(), "wydm8");
        assert_eq!(Cell::of(Point { lat: 57.64911, lng: 10.40744 }).to_string(), "u4pru");
        assert_eq!(Cell::of(Point { lat: -25.382708, lng: -49.265506 }).to_string(), "6gkzw");
        assert_eq!(Cell::parse("wydm8"), Some(Cell::of(hongdae)));
        assert_eq!(Cell::parse("wydma"), None, "there is no a in a geohash");
    }

    #[test]
    fn a_cell_holds_its_middle_and_the_edges_of_the_earth_are_in_cells() {
        for cell in ["wydm8", "00000", "zzzzz", "s0000"].map(|it| Cell::parse(it).unwrap()) {
            assert_eq!(Cell::of(cell.middle()), cell);
        }
        assert_eq!(Cell::of(Point { lat: 90.0, lng: 180.0 }).to_string(), "zzzzz");
    }

    #[test]
    fn a_circle_touches_the_cells_of_all_its_points() {
        let from = Point { lat: 37.5563, lng: 126.9236 };
        for radius_meters in [100.0, 1_500.0, 7_000.0] {
            let cells: Vec<Cell> = Cell::around(from, radius_meters).collect();
            for step in 0..360 {
                let (sin, cos) = f64::from(step).to_radians().sin_cos();
                let far = radius_meters * 0.999 / DEGREE_METERS;
                let shrinking = from.lat.to_radians().cos();
                let edge =
                    Point { lat: from.lat + far * sin, lng: from.lng + far * cos / shrinking };
                assert!(cells.contains(&Cell::of(edge)), "{edge:?}");
            }
            assert!(cells.len() <= 25, "{}", cells.len());
        }
    }
}
