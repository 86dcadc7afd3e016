//! How something grows, as a picture: both axes count in decades, so that what grows with its work is
//! a straight line of slope one.

use std::ops::Range;

use anyhow::{Context, anyhow};
use plotters::prelude::*;

const SIZE: (u32, u32) = (720, 420);
/// One for each line; told apart by those who do not see red or green too.
const COLORS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(90, 90, 90),
    RGBColor(140, 86, 75),
];

/// A picture beside the page of results.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) title: &'static str,
    /// The name of its file.
    pub(crate) file: String,
    pub(crate) svg: String,
}

/// Lines over the same measure.
#[derive(Clone, Debug)]
pub(crate) struct Plot {
    title: &'static str,
    x: &'static str,
    y: &'static str,
    lines: Vec<(String, Vec<(f64, f64)>)>,
}

impl Plot {
    pub(crate) fn new(title: &'static str, x: &'static str, y: &'static str) -> Plot {
        Plot { title, x, y, lines: Vec::new() }
    }

    /// A point of the line with this name.
    pub(crate) fn point(&mut self, line: &str, x: f64, y: f64) {
        // Nothing has a place on an axis of decades.
        if x <= 0.0 || y <= 0.0 || !x.is_finite() || !y.is_finite() {
            return;
        }
        match self.lines.iter_mut().find(|(name, _)| name == line) {
            Some((_, points)) => points.push((x, y)),
            None => self.lines.push((line.to_owned(), vec![(x, y)])),
        }
    }

    fn file(&self) -> String {
        let word =
            |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' };
        let name: String = self.title.chars().map(word).collect();
        let name: Vec<&str> = name.split('-').filter(|it| !it.is_empty()).collect();
        format!("{}.svg", name.join("-"))
    }

    /// Draws it.
    ///
    /// # Errors
    /// If there is nothing to draw.
    pub(crate) fn picture(&self) -> anyhow::Result<Picture> {
        let mut svg = String::new();
        self.draw(&mut svg).map_err(|error| anyhow!("drawing {:?}: {error}", self.title))?;
        Ok(Picture { title: self.title, file: self.file(), svg })
    }

    fn draw(&self, svg: &mut String) -> anyhow::Result<()> {
        let points = || self.lines.iter().flat_map(|(_, points)| points.iter().copied());
        let across = decades(points().map(|(x, _)| x)).context("no points")?;
        let up = decades(points().map(|(_, y)| y)).context("no points")?;
        let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(64)
            .build_cartesian_2d(across.log_scale(), up.log_scale())?;
        chart.configure_mesh().x_desc(self.x).y_desc(self.y).light_line_style(WHITE).draw()?;
        for ((name, points), color) in self.lines.iter().zip(COLORS.iter().cycle()) {
            let line = LineSeries::new(points.iter().copied(), color.stroke_width(2)).point_size(3);
            let sample = |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2));
            chart.draw_series(line)?.label(name).legend(sample);
        }
        chart
            .configure_series_labels()
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK)
            .draw()?;
        area.present()?;
        Ok(())
    }
}

/// The decades in which these lie.
fn decades(figures: impl Iterator<Item = f64> + Clone) -> Option<Range<f64>> {
    let least = figures.clone().min_by(f64::total_cmp)?;
    let most = figures.max_by(f64::total_cmp)?;
    let (low, high) = (least.log10().floor(), most.log10().ceil());
    Some(10f64.powf(low)..10f64.powf(high.max(low + 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_drawn_and_named() {
        let mut plot = Plot::new("Memory, by sockets", "sockets", "kB");
        plot.point("ours", 1_000.0, 5.0);
        plot.point("ours", 15_000.0, 5.1);
        plot.point("theirs", 1_000.0, 16.0);
        plot.point("theirs", 2_000.0, 0.0);
        let Picture { svg, file, .. } = plot.picture().unwrap();
        assert_eq!(svg.matches("<polyline").count() >= 1, svg.contains("theirs"));
        assert_eq!(file, "memory-by-sockets.svg");
        assert_eq!(decades([5.0, 16.0].into_iter()), Some(1.0..100.0));
    }

    #[test]
    fn nothing_is_no_picture() {
        assert!(Plot::new("Nothing", "x", "y").picture().is_err());
    }
}
