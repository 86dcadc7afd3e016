//! The shortest way by road.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::plane::{Point, Position};
use super::{Street, Streets};

/// A way along streets, from the road beside its start to the road beside its end.
#[derive(Debug, Clone)]
pub struct Route {
    points: Vec<Point>,
    /// Meters from the start to each point.
    marks: Vec<f64>,
}

impl Route {
    fn new(points: Vec<Point>) -> Self {
        let mut meters = 0.0;
        let mut marks = vec![0.0];
        for pair in points.windows(2) {
            meters += pair[0].meters_to(pair[1]);
            marks.push(meters);
        }
        Self { points, marks }
    }

    /// Its length.
    pub fn meters(&self) -> f64 {
        *self.marks.last().expect("a route has at least its start")
    }

    /// The corners one passes, start and end included.
    pub fn positions(&self) -> impl Iterator<Item = Position> + '_ {
        self.points.iter().map(|point| (*point).into())
    }

    /// Where one is after `meters`; at the end after more than its length.
    pub fn position_after(&self, meters: f64) -> Position {
        let next = self.marks.partition_point(|mark| *mark <= meters);
        if next == 0 || next == self.points.len() {
            return self.points[next.saturating_sub(1)].into();
        }
        let stretch = self.marks[next] - self.marks[next - 1];
        let share = (meters - self.marks[next - 1]) / stretch;
        self.points[next - 1].toward(self.points[next], share).into()
    }
}

/// A point on a street.
struct Curb<'a> {
    street: &'a Street,
    point: Point,
}

impl Streets {
    /// The shortest way by road between the roads beside `from` and `to`.
    pub fn route(&self, from: Position, to: Position) -> Route {
        let (start, end) = (self.curb(from.into()), self.curb(to.into()));
        if std::ptr::eq(start.street, end.street) {
            return Route::new(vec![start.point, end.point]);
        }
        let mut points = vec![start.point];
        points.extend(self.crossings_between(&start, &end).iter().map(|at| self.crossings[*at]));
        points.push(end.point);
        Route::new(points)
    }

    /// The point on a street closest to `position`.
    pub fn nearest_on_street(&self, position: Position) -> Position {
        self.curb(position.into()).point.into()
    }

    fn curb(&self, point: Point) -> Curb<'_> {
        self.streets
            .iter()
            .map(|street| {
                let (from, to) = self.ends(street);
                Curb { street, point: from.toward(to, point.share_along(from, to)) }
            })
            .min_by(|a, b| a.point.meters_to(point).total_cmp(&b.point.meters_to(point)))
            .expect("a neighbourhood has streets")
    }

    /// A* over the crossings; the straight line is never longer than the way.
    fn crossings_between(&self, start: &Curb, end: &Curb) -> Vec<usize> {
        const UNSEEN: f64 = f64::INFINITY;
        let mut meters = vec![UNSEEN; self.crossings.len()];
        let mut came_from = vec![None; self.crossings.len()];
        let mut open = BinaryHeap::new();
        let rank = |crossing: usize, meters: f64| {
            // Whole millimeters, because a heap needs a total order.
            Reverse(((meters + self.crossings[crossing].meters_to(end.point)) * 1e3) as u64)
        };
        for first in [start.street.from, start.street.to] {
            meters[first] = start.point.meters_to(self.crossings[first]);
            open.push((rank(first, meters[first]), first));
        }
        let mut best: Option<(usize, f64)> = None;
        while let Some((Reverse(at_least), crossing)) = open.pop() {
            if best.is_some_and(|(_, whole)| at_least as f64 >= whole * 1e3) {
                break;
            }
            if crossing == end.street.from || crossing == end.street.to {
                let whole = meters[crossing] + self.crossings[crossing].meters_to(end.point);
                if best.is_none_or(|(_, known)| whole < known) {
                    best = Some((crossing, whole));
                }
            }
            for street in &self.meeting[crossing] {
                let street = &self.streets[*street];
                let next = street.from + street.to - crossing;
                let there = meters[crossing] + street.meters;
                if there < meters[next] {
                    meters[next] = there;
                    came_from[next] = Some(crossing);
                    open.push((rank(next, there), next));
                }
            }
        }
        let (last, _) = best.expect("every crossing is reached from every other");
        let mut way: Vec<_> =
            std::iter::successors(Some(last), |crossing| came_from[*crossing]).collect();
        way.reverse();
        way
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streets::dice;
    use rand::RngExt;

    fn somewhere(dice: &mut crate::streets::Dice) -> Position {
        let point = Point {
            east: dice.random_range(-1_200.0..1_200.0),
            north: dice.random_range(-900.0..900.0),
        };
        point.into()
    }

    fn pairs() -> (Streets, Vec<(Position, Position)>) {
        let mut dice = dice(7, 7);
        let pairs = (0..200).map(|_| (somewhere(&mut dice), somewhere(&mut dice))).collect();
        (Streets::new(20_261_122), pairs)
    }

    #[test]
    fn a_route_is_never_shorter_than_the_straight_line() {
        let (streets, pairs) = pairs();
        for (from, to) in pairs {
            let straight = streets.nearest_on_street(from).meters_to(streets.nearest_on_street(to));
            let route = streets.route(from, to);
            assert!(route.meters() >= straight - 0.01, "{} < {straight}", route.meters());
            assert!(route.meters() < straight * 4.0 + 800.0, "{} from {straight}", route.meters());
        }
    }

    #[test]
    fn a_route_stays_on_streets() {
        let (streets, pairs) = pairs();
        for (from, to) in pairs {
            let route = streets.route(from, to);
            for step in 0..50 {
                let at = route.position_after(route.meters() * step as f64 / 49.0);
                let away = streets.nearest_on_street(at).meters_to(at);
                assert!(away < 0.1, "{away} meters off the road");
            }
        }
    }

    #[test]
    fn a_route_begins_beside_its_start_and_ends_beside_its_end() {
        let (streets, pairs) = pairs();
        for (from, to) in pairs {
            let route = streets.route(from, to);
            let end = route.position_after(f64::MAX);
            assert!(route.position_after(0.0).meters_to(streets.nearest_on_street(from)) < 0.1);
            assert!(end.meters_to(streets.nearest_on_street(to)) < 0.1);
        }
    }

    #[test]
    fn the_way_back_is_as_long() {
        let (streets, pairs) = pairs();
        for (from, to) in pairs {
            let difference = streets.route(from, to).meters() - streets.route(to, from).meters();
            assert!(difference.abs() < 0.1, "{difference}");
        }
    }
}
