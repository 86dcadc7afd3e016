//! Those who look, found by what is looked at: riders by where they are, those who look about
//! equally far together. So a job is compared with riders who may be near enough, and not with
//! everybody whom the furthest look of all could reach.

use domain::Point;

use super::LEAVE_FACTOR;
use super::grid::Grid;
use super::sphere::{Place, Reach};
use super::watcher::MOVE_METERS;

/// Up to how far each group looks. The last is the furthest there is.
const REACHES_METERS: [u32; 4] = [1_500, 3_000, 6_000, 10_000];

/// Places of watchers, by their ids.
#[derive(Debug, Default)]
pub(super) struct Reaches([Grid<u64>; REACHES_METERS.len()]);

impl Reaches {
    pub(super) fn insert(&mut self, at: Point, radius_meters: u32, id: u64) {
        self.0[group(radius_meters)].insert(at, id);
    }

    pub(super) fn remove(&mut self, at: Point, radius_meters: u32, id: u64) {
        self.0[group(radius_meters)].remove(at, id);
    }

    /// Everybody who may see one of two points, and those who look a little less far; each once.
    pub(super) fn around(&self, one: Point, other: Point) -> Vec<u64> {
        let mut found = Vec::new();
        let first = Place::of(one);
        for (grid, reach_meters) in self.0.iter().zip(REACHES_METERS) {
            // Who has drifted away since they last looked still sees what they saw.
            let reach_meters = f64::from(reach_meters) * LEAVE_FACTOR + MOVE_METERS;
            let reach = Reach::of_meters(reach_meters);
            found.extend(grid.inside(one, reach_meters).map(|(_, id)| id));
            let others = grid.inside(other, reach_meters);
            found.extend(others.filter(|(at, _)| !first.is_within(reach, *at)).map(|(_, id)| id));
        }
        found
    }
}

fn group(radius_meters: u32) -> usize {
    let last = REACHES_METERS.len() - 1;
    REACHES_METERS.iter().position(|reach| radius_meters <= *reach).unwrap_or(last)
}
