//! Places in cells, so that those near a point are found without looking at all of them.

use std::collections::HashMap;
use std::hash::Hash;

use domain::Point;

/// Side of a cell: a kilometer or two. The default radius covers some 30 cells.
const CELL_DEGREES: f64 = 0.015;
/// Meters of a degree of latitude.
const DEGREE_METERS: f64 = 111_195.0;

/// Things by where they are. Finds candidates; exact distances are the caller's.
#[derive(Debug)]
pub(crate) struct Grid<K> {
    cells: HashMap<Cell, Vec<K>>,
}

type Cell = (i32, i32);

impl<K> Default for Grid<K> {
    fn default() -> Self {
        Grid { cells: HashMap::new() }
    }
}

impl<K: Copy + Eq + Hash> Grid<K> {
    pub(crate) fn insert(&mut self, at: Point, key: K) {
        self.cells.entry(cell(at)).or_default().push(key);
    }

    pub(super) fn remove(&mut self, at: Point, key: K) {
        let cell = cell(at);
        if let Some(keys) = self.cells.get_mut(&cell) {
            if let Some(found) = keys.iter().position(|it| *it == key) {
                keys.swap_remove(found);
            }
            if keys.is_empty() {
                self.cells.remove(&cell);
            }
        }
    }

    /// Everything within the radius, and some of what is a little further away.
    pub(crate) fn near(&self, from: Point, radius_meters: f64, found: &mut Vec<K>) {
        if self.cells.is_empty() {
            return;
        }
        let lat_degrees = radius_meters / DEGREE_METERS;
        // Towards the poles a degree of longitude shrinks; nobody delivers beyond 85°.
        let shrinking = from.lat.to_radians().cos().max(0.08);
        let lng_degrees = lat_degrees / shrinking;
        let (south, west) =
            cell(Point { lat: from.lat - lat_degrees, lng: from.lng - lng_degrees });
        let (north, east) =
            cell(Point { lat: from.lat + lat_degrees, lng: from.lng + lng_degrees });
        for row in south..=north {
            for column in west..=east {
                found.extend(self.cells.get(&(row, column)).into_iter().flatten());
            }
        }
    }
}

fn cell(point: Point) -> Cell {
    let index = |degrees: f64| (degrees / CELL_DEGREES).floor() as i32;
    (index(point.lat), index(point.lng))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_within_the_radius_is_found() {
        let from = Point { lat: 37.5563, lng: 126.9236 };
        let mut grid = Grid::default();
        let mut inside = Vec::new();
        for n in 0..2_500_u32 {
            let at = Point {
                lat: 37.5 + 0.12 * f64::from(n % 50) / 50.0,
                lng: 126.85 + 0.15 * f64::from(n / 50) / 50.0,
            };
            grid.insert(at, n);
            if from.distance_meters(at) <= 3_000.0 {
                inside.push(n);
            }
        }
        let mut found = Vec::new();
        grid.near(from, 3_000.0, &mut found);
        assert!(inside.iter().all(|n| found.contains(n)));
        assert!(found.len() < inside.len() * 3, "{} for {}", found.len(), inside.len());
    }

    #[test]
    fn what_is_removed_is_gone() {
        let at = Point { lat: 1.0, lng: 2.0 };
        let mut grid = Grid::default();
        grid.insert(at, 1);
        grid.insert(at, 2);
        grid.remove(at, 1);
        let mut found = Vec::new();
        grid.near(at, 10.0, &mut found);
        assert_eq!(found, [2]);
        grid.remove(at, 2);
        assert!(grid.cells.is_empty());
    }
}
