//! Places in cells, so that those near a point are found without looking at all of them.

use std::hash::Hash;

use domain::Point;
use foldhash::HashMap;

use super::sphere::{Place, Reach};

/// Side of a cell: a kilometer or two. The default radius covers some 30 cells.
const CELL_DEGREES: f64 = 0.015;
/// Meters of a degree of latitude.
const DEGREE_METERS: f64 = 111_195.0;

/// Things by where they are.
#[derive(Debug)]
pub(crate) struct Grid<K> {
    cells: HashMap<Cell, Vec<(Place, K)>>,
}

type Cell = (i32, i32);

impl<K> Default for Grid<K> {
    fn default() -> Self {
        Grid { cells: HashMap::default() }
    }
}

impl<K: Copy + Eq + Hash> Grid<K> {
    pub(crate) fn insert(&mut self, at: Point, key: K) {
        self.cells.entry(cell(at)).or_default().push((Place::of(at), key));
    }

    pub(super) fn remove(&mut self, at: Point, key: K) {
        let cell = cell(at);
        if let Some(keys) = self.cells.get_mut(&cell) {
            if let Some(found) = keys.iter().position(|(_, it)| *it == key) {
                keys.swap_remove(found);
            }
            if keys.is_empty() {
                self.cells.remove(&cell);
            }
        }
    }

    /// Everything within the radius, and how far away it is. Costs as much as things are in the
    /// cells that the circle touches.
    pub(crate) fn within(
        &self,
        from: Point,
        radius_meters: f64,
    ) -> impl Iterator<Item = (f64, K)> + '_ {
        let place = Place::of(from);
        self.inside(from, radius_meters).map(move |(at, key)| (place.meters_to(at), key))
    }

    /// The same, and where it is.
    pub(super) fn inside(
        &self,
        from: Point,
        radius_meters: f64,
    ) -> impl Iterator<Item = (Place, K)> + '_ {
        let (place, reach) = (Place::of(from), Reach::of_meters(radius_meters));
        let is_inside = move |(at, _): &&(Place, K)| place.is_within(reach, *at);
        self.touched(from, radius_meters).filter(is_inside).copied()
    }

    /// What is in the cells that a circle touches.
    fn touched(&self, from: Point, radius_meters: f64) -> impl Iterator<Item = &(Place, K)> {
        let lat_degrees = radius_meters / DEGREE_METERS;
        // Towards the poles a degree of longitude shrinks; nobody delivers beyond 85°.
        let shrinking = from.lat.to_radians().cos().max(0.08);
        let lng_degrees = lat_degrees / shrinking;
        let (south, west) =
            cell(Point { lat: from.lat - lat_degrees, lng: from.lng - lng_degrees });
        let (north, east) =
            cell(Point { lat: from.lat + lat_degrees, lng: from.lng + lng_degrees });
        let rows = if self.cells.is_empty() { 0..0 } else { south..north + 1 };
        let cells = rows.flat_map(move |row| (west..=east).map(move |column| (row, column)));
        cells.filter_map(|cell| self.cells.get(&cell)).flatten()
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
    fn what_is_within_the_radius_is_found_without_looking_at_all() {
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
        let mut found: Vec<u32> = grid.within(from, 3_000.0).map(|(_, n)| n).collect();
        found.sort_unstable();
        inside.sort_unstable();
        assert_eq!(found, inside);
        let touched = grid.touched(from, 3_000.0).count();
        assert!(touched < inside.len() * 3, "{touched} for {}", inside.len());
    }

    #[test]
    fn what_is_removed_is_gone() {
        let at = Point { lat: 1.0, lng: 2.0 };
        let mut grid = Grid::default();
        grid.insert(at, 1);
        grid.insert(at, 2);
        grid.remove(at, 1);
        let found: Vec<i32> = grid.within(at, 10.0).map(|(_, key)| key).collect();
        assert_eq!(found, [2]);
        grid.remove(at, 2);
        assert!(grid.cells.is_empty());
    }
}
