//! The neighbourhood as a small JSON: one entry per kind, because thousands of features are slow
//! to parse and to draw, and steps instead of positions, because most points are close together.

use serde::Serialize;

use super::plane::{Point, Position};
use super::{StreetKind, Streets};

/// The steps are counted in these parts of a degree, which are about a meter.
const STEPS_PER_DEGREE: f64 = 100_000.0;

/// What `/map/base.json` holds.
///
/// An outline or a line is `[lat, lng, lat, lng, …]` in steps: its first point counted from the
/// first point of the one before it (of the very first: from nought), every other from the point
/// before. Outlines are closed by whoever draws them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BaseMap<'a> {
    steps_per_degree: f64,
    areas: Areas,
    lines: Lines,
    labels: Vec<Label<'a>>,
}

type Shapes = Vec<Vec<i32>>;

#[derive(Serialize)]
struct Areas {
    water: Shapes,
    park: Shapes,
    block: Shapes,
    building: Shapes,
}

#[derive(Serialize)]
struct Lines {
    street: Shapes,
    arterial: Shapes,
    bridge: Shapes,
}

#[derive(Serialize)]
struct Label<'a> {
    name: &'a str,
    #[serde(flatten)]
    at: Position,
}

impl Streets {
    /// The whole map under the pins, as JSON.
    pub fn base_json(&self) -> String {
        let scenery = &self.scenery;
        let lines = |kind: StreetKind| {
            let those = self.streets.iter().filter(|street| street.kind == kind);
            in_steps(those.map(|street| {
                let (from, to) = self.ends(street);
                vec![from, to]
            }))
        };
        let map = BaseMap {
            steps_per_degree: STEPS_PER_DEGREE,
            areas: Areas {
                water: in_steps(scenery.water.iter().cloned()),
                park: in_steps(scenery.parks.iter().cloned()),
                block: in_steps(scenery.blocks.iter().cloned()),
                building: in_steps(scenery.buildings.iter().cloned()),
            },
            lines: Lines {
                street: lines(StreetKind::Street),
                arterial: lines(StreetKind::Arterial),
                bridge: lines(StreetKind::Bridge),
            },
            labels: self
                .quarters
                .iter()
                .map(|quarter| Label { name: quarter.name, at: quarter.middle.into() })
                .collect(),
        };
        serde_json::to_string(&map).expect("plain numbers and names are JSON")
    }
}

fn in_steps(shapes: impl Iterator<Item = Vec<Point>>) -> Shapes {
    let mut first = (0, 0);
    shapes
        .map(|shape| {
            let mut pen = first;
            let mut steps = Vec::with_capacity(shape.len() * 2);
            for (index, point) in shape.into_iter().enumerate() {
                let (lat, lng) = whole_steps(point);
                steps.extend([lat - pen.0, lng - pen.1]);
                pen = (lat, lng);
                if index == 0 {
                    first = pen;
                }
            }
            steps
        })
        .collect()
}

fn whole_steps(point: Point) -> (i32, i32) {
    let Position { lat, lng } = point.into();
    ((lat * STEPS_PER_DEGREE).round() as i32, (lng * STEPS_PER_DEGREE).round() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_lead_back_to_every_corner() {
        let streets = Streets::new(20_261_122);
        let shapes = in_steps(streets.scenery.buildings.iter().cloned());
        assert_eq!(shapes.len(), streets.scenery.buildings.len());
        let mut first = (0, 0);
        for (steps, outline) in shapes.iter().zip(&streets.scenery.buildings) {
            let mut pen = first;
            for (index, (step, corner)) in steps.chunks(2).zip(outline).enumerate() {
                pen = (pen.0 + step[0], pen.1 + step[1]);
                assert_eq!(pen, whole_steps(*corner));
                if index == 0 {
                    first = pen;
                }
            }
        }
    }

    #[test]
    fn every_kind_is_one_entry() {
        let map: serde_json::Value =
            serde_json::from_str(&Streets::new(20_261_122).base_json()).unwrap();
        let named = |part: &str| {
            map[part].as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>()
        };
        assert_eq!(named("areas"), ["block", "building", "park", "water"]);
        assert_eq!(named("lines"), ["arterial", "bridge", "street"]);
        assert_eq!(map["labels"][0]["name"], "온정동");
    }
}
