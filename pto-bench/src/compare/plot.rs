//! Plots of the tables, as SVG.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use super::contenders::Class;

const SIZE: (u32, u32) = (900, 480);

fn colour(class: Class) -> RGBColor {
    match class {
        Class::Ours => RGBColor(200, 40, 40),
        Class::Discovers => RGBColor(40, 90, 180),
        Class::Wired => RGBColor(60, 140, 80),
        Class::Rerun => RGBColor(150, 110, 180),
        Class::Limit => RGBColor(130, 130, 130),
    }
}

/// Bars that stand side by side, with the class of each.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) bars: Vec<(Class, f64)>,
}

/// Draws groups of bars, nanoseconds on a logarithmic scale.
pub(super) fn bars(path: &Path, caption: &str, groups: &[Group]) -> Result<(), Box<dyn Error>> {
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let all = groups.iter().flat_map(|group| &group.bars);
    let most = all.map(|bar| bar.1).fold(10.0, f64::max);
    let places = 0.0..groups.len() as f64;
    let mut chart = ChartBuilder::on(&area)
        .caption(caption, ("sans-serif", 18))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(60)
        .build_cartesian_2d(places, (1.0..8.0 * most).log_scale())?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(groups.len() + 1)
        .x_label_formatter(&|x| name_at(groups, *x))
        .y_desc("ns")
        .draw()?;
    for (place, group) in groups.iter().enumerate() {
        let width = 0.9 / group.bars.len().max(1) as f64;
        for (at, &(class, ns)) in group.bars.iter().enumerate() {
            let left = place as f64 + 0.05 + at as f64 * width;
            let corners = [(left, 1.0), (left + 0.9 * width, ns.max(1.0))];
            chart.draw_series([Rectangle::new(corners, colour(class).filled())])?;
        }
    }
    for class in Class::ALL {
        let style = colour(class).filled();
        chart
            .draw_series(std::iter::empty::<Rectangle<(f64, f64)>>())?
            .label(class.as_str())
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE)
        .border_style(BLACK)
        .draw()?;
    Ok(area.present()?)
}

/// The group whose bars begin at a place.
fn name_at(groups: &[Group], x: f64) -> String {
    let whole = x.fract().abs() < 1e-6;
    let group = groups.get(x as usize).filter(|_| whole);
    group.map_or(String::new(), |group| group.name.clone())
}

/// Points that a line joins.
pub(super) struct Series {
    pub(super) label: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// Draws lines: nanoseconds by something on a logarithmic scale. Nothing without a point.
pub(super) fn lines(
    path: &Path,
    caption: &str,
    of: &str,
    series: &[Series],
) -> Result<(), Box<dyn Error>> {
    let points = || {
        series
            .iter()
            .flat_map(|series| series.points.iter().copied())
    };
    let (first, last) = points().fold((f64::MAX, 0.0_f64), |(first, last), point| {
        (first.min(point.0), last.max(point.0))
    });
    if first >= last {
        return Ok(());
    }
    let most = points().map(|point| point.1).fold(10.0, f64::max);
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(caption, ("sans-serif", 18))
        .margin(10)
        .x_label_area_size(40)
        .y_label_area_size(60)
        .build_cartesian_2d((first..last).log_scale(), 0.0..1.3 * most)?;
    chart
        .configure_mesh()
        .x_labels(4)
        .x_desc(of)
        .y_desc("ns")
        .draw()?;
    for (place, line) in series.iter().enumerate() {
        let style = Palette99::pick(place).stroke_width(2);
        chart
            .draw_series(LineSeries::new(line.points.iter().copied(), style))?
            .label(line.label.as_str())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 15, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE)
        .border_style(BLACK)
        .draw()?;
    Ok(area.present()?)
}
