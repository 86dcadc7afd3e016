//! The neighbourhood as GeoJSON: one feature per kind, because thousands of small ones are slow
//! to parse and to draw.

use std::fmt::Write;

use super::plane::{Point, Position};
use super::{StreetKind, Streets};

impl Streets {
    /// A FeatureCollection with a property `kind` on every feature: `water`, `park`, `block`,
    /// `building` (MultiPolygon), `street`, `arterial`, `bridge` (MultiLineString) and `label`
    /// (Point, with a `name`). Five decimals, which is about a meter.
    pub fn base_json(&self) -> String {
        let scenery = &self.scenery;
        let areas = [
            ("water", &scenery.water),
            ("park", &scenery.parks),
            ("block", &scenery.blocks),
            ("building", &scenery.buildings),
        ];
        let lines = [
            ("street", StreetKind::Street),
            ("arterial", StreetKind::Arterial),
            ("bridge", StreetKind::Bridge),
        ];
        let mut features = Vec::new();
        for (kind, outlines) in areas {
            let outlines = outlines.iter().map(|outline| {
                let closed = outline.iter().chain(outline.first());
                format!("[{}]", coordinates(closed.copied()))
            });
            features.push(feature(kind, "", "MultiPolygon", &listed(outlines)));
        }
        for (name, kind) in lines {
            let streets = self.streets.iter().filter(|street| street.kind == kind).map(|street| {
                let (from, to) = self.ends(street);
                coordinates([from, to].into_iter())
            });
            features.push(feature(name, "", "MultiLineString", &listed(streets)));
        }
        for quarter in &self.quarters {
            features.push(feature("label", quarter.name, "Point", &coordinate(quarter.middle)));
        }
        format!(r#"{{"type":"FeatureCollection","features":{}}}"#, listed(features.into_iter()))
    }
}

fn feature(kind: &str, name: &str, geometry: &str, coordinates: &str) -> String {
    let name = match name {
        "" => String::new(),
        name => format!(r#","name":"{name}""#),
    };
    format!(
        r#"{{"type":"Feature","properties":{{"kind":"{kind}"{name}}},"geometry":{{"type":"{geometry}","coordinates":{coordinates}}}}}"#
    )
}

fn coordinates(points: impl Iterator<Item = Point>) -> String {
    listed(points.map(coordinate))
}

fn coordinate(point: Point) -> String {
    let Position { lat, lng } = point.into();
    format!("[{lng:.5},{lat:.5}]")
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    let mut list = String::from("[");
    for (index, part) in parts.enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(list, "{comma}{part}").expect("writing to a string does not fail");
    }
    list.push(']');
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_one_feature_and_every_outline_is_closed() {
        let map = Streets::new(20_261_122).base_json();
        let map: serde_json::Value = serde_json::from_str(&map).unwrap();
        let features = map["features"].as_array().unwrap();
        let kinds: Vec<_> =
            features.iter().map(|one| one["properties"]["kind"].as_str().unwrap()).collect();
        assert_eq!(
            kinds,
            [
                "water", "park", "block", "building", "street", "arterial", "bridge", "label",
                "label", "label", "label"
            ]
        );
        for polygons in &features[..4] {
            for polygon in polygons["geometry"]["coordinates"].as_array().unwrap() {
                let ring = polygon[0].as_array().unwrap();
                assert_eq!(ring.first(), ring.last());
            }
        }
    }

    #[test]
    fn the_map_is_small_enough_for_a_phone() {
        let bytes = Streets::new(20_261_122).base_json().len();
        assert!(bytes < 500_000, "{bytes} bytes");
    }
}
