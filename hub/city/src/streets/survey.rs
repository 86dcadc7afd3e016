//! Lays out the neighbourhood: a jittered, turned grid beside a river, with arterials, gaps,
//! parks, blocks with buildings, and one bridge.

use rand::RngExt;
use rand::seq::IndexedRandom;

use super::plane::Point;
use super::{Dice, Quarter, Street, StreetKind};

const COLUMNS: usize = 24;
const ROWS: usize = 20;
const COLUMN_METERS: f64 = 112.0;
const ROW_METERS: f64 = 104.0;
const JITTER_METERS: f64 = 13.0;
/// The river runs from north-west to south-east, and the grid lies along it.
const TURN_RADIANS: f64 = -0.42;
const ARTERIAL_EVERY: usize = 6;
const MISSING_SHARE: f64 = 0.16;
const PARKS: usize = 9;
const BRIDGE_COLUMN: usize = 12;
const NEAR_BANK_METERS: f64 = -75.0;
const FAR_BANK_METERS: f64 = -520.0;
const QUARTERS: [(&str, f64, f64); 4] = [
    ("온정동", 0.25, 0.75),
    ("달빛동", 0.75, 0.75),
    ("나루동", 0.25, 0.25),
    ("솔길동", 0.75, 0.25),
];

/// A closed line; the first point is not repeated.
pub(crate) type Outline = Vec<Point>;

/// What lies between the streets; only the map shows it.
#[derive(Debug, Default)]
pub(crate) struct Scenery {
    pub(crate) water: Vec<Outline>,
    pub(crate) parks: Vec<Outline>,
    pub(crate) blocks: Vec<Outline>,
    pub(crate) buildings: Vec<Outline>,
}

/// Everything the surveyor wrote down.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) crossings: Vec<Point>,
    pub(crate) streets: Vec<Street>,
    pub(crate) quarters: Vec<Quarter>,
    pub(crate) scenery: Scenery,
}

impl Survey {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let mut survey = Self {
            crossings: crossings(dice),
            streets: Vec::new(),
            quarters: QUARTERS
                .map(|(name, u, v)| Quarter {
                    name,
                    middle: on_plane(
                        u * (COLUMNS - 1) as f64 * COLUMN_METERS,
                        v * (ROWS - 1) as f64 * ROW_METERS,
                    ),
                })
                .into(),
            scenery: Scenery::default(),
        };
        survey.lay_streets(dice);
        survey.fill_cells(dice);
        survey.lay_river(dice);
        survey.lay_bridge();
        survey
    }

    /// Lays the grid's lines, leaves some side streets out, and puts back those without which
    /// a crossing could not be reached.
    fn lay_streets(&mut self, dice: &mut Dice) {
        let mut joined = Joined::new(COLUMNS * ROWS);
        let mut left_out = Vec::new();
        for (from, to, line) in grid_lines() {
            let kind = match line.is_multiple_of(ARTERIAL_EVERY) {
                true => StreetKind::Arterial,
                false => StreetKind::Street,
            };
            let street = self.street(from, to, kind, address_line(from, to));
            if kind == StreetKind::Street && dice.random_bool(MISSING_SHARE) {
                left_out.push(street);
            } else {
                joined.join(from, to);
                self.streets.push(street);
            }
        }
        for street in left_out {
            if joined.join(street.from, street.to) {
                self.streets.push(street);
            }
        }
    }

    fn street(&self, from: usize, to: usize, kind: StreetKind, line: usize) -> Street {
        let meters = self.crossings[from].meters_to(self.crossings[to]);
        Street { from, to, kind, line, meters }
    }

    /// Puts a park, or a block with its buildings, into every cell of the grid.
    fn fill_cells(&mut self, dice: &mut Dice) {
        let cells: Vec<_> = (0..ROWS - 1)
            .flat_map(|row| (0..COLUMNS - 1).map(move |column| (column, row)))
            .collect();
        let parks: Vec<_> = cells.sample(dice, PARKS).copied().collect();
        for (column, row) in cells {
            let cell = self.cell(column, row);
            if parks.contains(&(column, row)) {
                self.scenery.parks.push(cell.part(0.0, 0.0, 1.0, 1.0));
                continue;
            }
            self.scenery.blocks.push(cell.part(0.0, 0.0, 1.0, 1.0));
            let lots = dice.random_range(3..=4);
            for lot in 0..lots * 2 {
                if dice.random_bool(0.08) {
                    continue;
                }
                let (across, along) = ((lot / 2) as f64 / lots as f64, (lot % 2) as f64 / 2.0);
                let mut gap = || dice.random_range(0.05..0.2);
                self.scenery.buildings.push(cell.part(
                    across + gap() / lots as f64,
                    along + gap() / 2.0,
                    across + (1.0 - gap()) / lots as f64,
                    along + (1.0 - gap()) / 2.0,
                ));
            }
        }
    }

    /// The room between four crossings, less half the width of the streets around it.
    fn cell(&self, column: usize, row: usize) -> Cell {
        let margin = |from, to| match self.streets.iter().find(|s| (s.from, s.to) == (from, to)) {
            Some(Street { kind: StreetKind::Street, .. }) => 6.0,
            Some(_) => 11.0,
            None => 1.0,
        };
        let [a, b, c, d] = [
            crossing(column, row),
            crossing(column + 1, row),
            crossing(column + 1, row + 1),
            crossing(column, row + 1),
        ];
        Cell {
            corners: [a, b, c, d].map(|corner| self.crossings[corner]),
            left: margin(a, d) / COLUMN_METERS,
            right: 1.0 - margin(b, c) / COLUMN_METERS,
            bottom: margin(a, b) / ROW_METERS,
            top: 1.0 - margin(d, c) / ROW_METERS,
        }
    }

    fn lay_river(&mut self, dice: &mut Dice) {
        const STEPS: usize = 28;
        const BEYOND_METERS: f64 = 1_500.0;
        let length = (COLUMNS - 1) as f64 * COLUMN_METERS + 2.0 * BEYOND_METERS;
        let mut bank = |v: f64, swing: f64| -> Vec<Point> {
            let phase = dice.random_range(0.0..std::f64::consts::TAU);
            (0..=STEPS)
                .map(|step| {
                    let share = step as f64 / STEPS as f64;
                    on_plane(
                        share * length - BEYOND_METERS,
                        v + swing * (share * 9.0 + phase).sin(),
                    )
                })
                .collect()
        };
        let (near, far) = (bank(NEAR_BANK_METERS, 12.0), bank(FAR_BANK_METERS, 28.0));
        let lawn = near[8..=STEPS - 8].iter().copied();
        let edge = [COLUMNS - 1, 0].map(|column| on_plane(column as f64 * COLUMN_METERS, -18.0));
        self.scenery.parks.push(lawn.chain(edge).collect());
        self.scenery.water.push(near.into_iter().chain(far.into_iter().rev()).collect());
    }

    fn lay_bridge(&mut self) {
        let u = BRIDGE_COLUMN as f64 * COLUMN_METERS;
        let ends = [NEAR_BANK_METERS + 30.0, FAR_BANK_METERS - 50.0, FAR_BANK_METERS - 190.0];
        let mut from = crossing(BRIDGE_COLUMN, 0);
        for (v, kind) in
            ends.into_iter().zip([StreetKind::Arterial, StreetKind::Bridge, StreetKind::Arterial])
        {
            let to = self.crossings.len();
            self.crossings.push(on_plane(u, v));
            let line = 2 * BRIDGE_COLUMN + 2;
            self.streets.push(self.street(from, to, kind, line));
            from = to;
        }
    }
}

struct Cell {
    corners: [Point; 4],
    left: f64,
    right: f64,
    bottom: f64,
    top: f64,
}

impl Cell {
    /// The rectangle from (`left`, `bottom`) to (`right`, `top`), each a share of the room.
    fn part(&self, left: f64, bottom: f64, right: f64, top: f64) -> Outline {
        [(left, bottom), (right, bottom), (right, top), (left, top)]
            .map(|(across, along)| {
                let across = self.left + (self.right - self.left) * across;
                let along = self.bottom + (self.top - self.bottom) * along;
                let [a, b, c, d] = self.corners;
                a.toward(b, across).toward(d.toward(c, across), along)
            })
            .into()
    }
}

/// Which crossings can reach one another.
struct Joined(Vec<usize>);

impl Joined {
    fn new(crossings: usize) -> Self {
        Self((0..crossings).collect())
    }

    fn find(&mut self, mut crossing: usize) -> usize {
        while self.0[crossing] != crossing {
            self.0[crossing] = self.0[self.0[crossing]];
            crossing = self.0[crossing];
        }
        crossing
    }

    /// Joins two crossings and says whether they were apart before.
    fn join(&mut self, from: usize, to: usize) -> bool {
        let (from, to) = (self.find(from), self.find(to));
        self.0[from] = to;
        from != to
    }
}

fn crossing(column: usize, row: usize) -> usize {
    row * COLUMNS + column
}

/// Every line between two neighbouring crossings, with the number of its row or column.
fn grid_lines() -> impl Iterator<Item = (usize, usize, usize)> {
    let along = (0..ROWS).flat_map(|row| {
        (0..COLUMNS - 1).map(move |column| (crossing(column, row), crossing(column + 1, row), row))
    });
    let across = (0..ROWS - 1).flat_map(|row| {
        (0..COLUMNS).map(move |column| (crossing(column, row), crossing(column, row + 1), column))
    });
    along.chain(across)
}

/// Odd numbers along the river, even ones away from it.
fn address_line(from: usize, to: usize) -> usize {
    match to - from {
        1 => 2 * (from / COLUMNS) + 1,
        _ => 2 * (from % COLUMNS) + 2,
    }
}

fn crossings(dice: &mut Dice) -> Vec<Point> {
    let mut points = Vec::with_capacity(COLUMNS * ROWS);
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let mut jitter = || dice.random_range(-JITTER_METERS..JITTER_METERS);
            points.push(on_plane(
                column as f64 * COLUMN_METERS + jitter(),
                row as f64 * ROW_METERS + jitter(),
            ));
        }
    }
    points
}

/// The point `u` meters along the river and `v` meters away from it.
fn on_plane(u: f64, v: f64) -> Point {
    let middle_u = (COLUMNS - 1) as f64 * COLUMN_METERS / 2.0;
    let middle_v = (ROWS - 1) as f64 * ROW_METERS / 2.0;
    Point { east: u - middle_u, north: v - middle_v }.turned(TURN_RADIANS)
}
