//! The street graph of a neighbourhood that exists nowhere: the map one sees and the roads that
//! riders ride are the same streets. The same seed gives the same neighbourhood.

mod base_map;
mod plane;
mod route;
mod survey;

pub use self::plane::Position;
pub use self::route::Route;

pub(crate) use self::plane::Point;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

/// The generator behind everything that must be the same for the same seed.
///
/// Named, and not "the standard one", because that one may change with the library's version.
pub(crate) type Dice = Xoshiro256PlusPlus;

/// Dice for one purpose, so that a change in one does not shift what the others throw.
pub(crate) fn dice(seed: u64, purpose: u64) -> Dice {
    Dice::seed_from_u64(seed ^ purpose.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// What a stretch of road is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreetKind {
    /// A side street.
    Street,
    /// A wide road, every sixth line of the grid.
    Arterial,
    /// The road across the river.
    Bridge,
}

/// A straight stretch of road between two crossings.
#[derive(Debug, Clone)]
pub(crate) struct Street {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) kind: StreetKind,
    /// The number in addresses: `12길` is the line with number 12.
    pub(crate) line: usize,
    pub(crate) meters: f64,
}

/// A named part of the neighbourhood.
#[derive(Debug, Clone)]
pub(crate) struct Quarter {
    pub(crate) name: &'static str,
    pub(crate) middle: Point,
}

/// Streets, crossings, and what lies between them.
#[derive(Debug)]
pub struct Streets {
    crossings: Vec<Point>,
    streets: Vec<Street>,
    /// The streets that meet at each crossing.
    meeting: Vec<Vec<usize>>,
    quarters: Vec<Quarter>,
    scenery: survey::Scenery,
}

impl Streets {
    /// Lays out the neighbourhood of this seed.
    pub fn new(seed: u64) -> Self {
        let survey = survey::Survey::new(&mut dice(seed, 1));
        let mut meeting = vec![Vec::new(); survey.crossings.len()];
        for (index, street) in survey.streets.iter().enumerate() {
            meeting[street.from].push(index);
            meeting[street.to].push(index);
        }
        Self {
            crossings: survey.crossings,
            streets: survey.streets,
            meeting,
            quarters: survey.quarters,
            scenery: survey.scenery,
        }
    }

    /// Where streets meet.
    pub fn crossings(&self) -> impl Iterator<Item = Position> + '_ {
        self.crossings.iter().map(|point| (*point).into())
    }

    /// The name of the quarter (동) that `position` lies in.
    pub fn quarter_at(&self, position: Position) -> &'static str {
        let point = Point::from(position);
        self.quarters
            .iter()
            .min_by(|a, b| a.middle.meters_to(point).total_cmp(&b.middle.meters_to(point)))
            .expect("a neighbourhood has four quarters")
            .name
    }

    /// Both ends of a street.
    pub(crate) fn ends(&self, street: &Street) -> (Point, Point) {
        (self.crossings[street.from], self.crossings[street.to])
    }

    pub(crate) fn streets(&self) -> &[Street] {
        &self.streets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: u64 = 20_261_122;

    #[test]
    fn a_neighbourhood_has_some_480_crossings_and_800_streets() {
        let streets = Streets::new(SEED);
        assert!((470..500).contains(&streets.crossings.len()), "{}", streets.crossings.len());
        assert!((740..860).contains(&streets.streets.len()), "{}", streets.streets.len());
    }

    #[test]
    fn every_crossing_is_reached_from_every_other() {
        for seed in [SEED, 0, 1, 2, 3] {
            let streets = Streets::new(seed);
            let mut reached = vec![false; streets.crossings.len()];
            let mut next = vec![0];
            while let Some(crossing) = next.pop() {
                if std::mem::replace(&mut reached[crossing], true) {
                    continue;
                }
                for street in &streets.meeting[crossing] {
                    let street = &streets.streets[*street];
                    next.extend([street.from, street.to]);
                }
            }
            assert!(reached.iter().all(|reached| *reached), "seed {seed}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_neighbourhood() {
        assert_eq!(Streets::new(SEED).base_json(), Streets::new(SEED).base_json());
        assert_ne!(Streets::new(SEED).base_json(), Streets::new(SEED + 1).base_json());
    }

    #[test]
    fn there_are_four_quarters() {
        let streets = Streets::new(SEED);
        let mut names: Vec<_> = streets.crossings().map(|at| streets.quarter_at(at)).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 4, "{names:?}");
    }
}
