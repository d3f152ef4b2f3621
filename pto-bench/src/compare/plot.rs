//! Plots of the tables, as SVG.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use super::contenders::Class;
use super::field::Field;
use super::growth::Line;
use super::speed::Figures;
use crate::workload::Name;

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

/// Nanoseconds a task of each workload, all contenders side by side, on two threads.
pub(super) fn speed(folder: &Path, field: &Field, figures: &Figures) -> Result<(), Box<dyn Error>> {
    let path = folder.join("speed.svg");
    let area = SVGBackend::new(&path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let known = |name| {
        let all = field.contenders.iter();
        all.filter_map(move |one| Some((*one, *figures.get(&(one.name, name, 2))?.as_ref().ok()?)))
    };
    let most = Name::ALL
        .into_iter()
        .flat_map(known)
        .map(|(_, ns)| ns)
        .fold(10.0, f64::max);
    let workloads = 0.0..Name::ALL.len() as f64;
    let mut chart = ChartBuilder::on(&area)
        .caption(
            "nanoseconds a task, 2 threads, empty kernels; each workload in the order of the table",
            ("sans-serif", 18),
        )
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(60)
        .build_cartesian_2d(workloads, (1.0..8.0 * most).log_scale())?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(Name::ALL.len() + 1)
        .x_label_formatter(&|x| name_at(*x))
        .y_desc("ns")
        .draw()?;
    for (place, name) in Name::ALL.into_iter().enumerate() {
        let bars: Vec<_> = known(name).collect();
        let width = 0.9 / bars.len().max(1) as f64;
        for (at, (contender, ns)) in bars.into_iter().enumerate() {
            let left = place as f64 + 0.05 + at as f64 * width;
            let style = colour(contender.class).filled();
            let corners = [(left, 1.0), (left + 0.9 * width, ns.max(1.0))];
            chart.draw_series([Rectangle::new(corners, style)])?;
        }
    }
    for class in [
        Class::Ours,
        Class::Discovers,
        Class::Wired,
        Class::Rerun,
        Class::Limit,
    ] {
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

/// The workload whose bars begin at a place.
fn name_at(x: f64) -> String {
    let whole = x.fract().abs() < 1e-6;
    let name = Name::ALL.get(x as usize).filter(|_| whole);
    name.map_or(String::new(), ToString::to_string)
}

/// Nanoseconds a task by the number of tasks, a plot for each workload.
pub(super) fn growth(folder: &Path, lines: &[Line]) -> Result<(), Box<dyn Error>> {
    for name in Name::ALL {
        let lines: Vec<&Line> = lines.iter().filter(|line| line.name == name).collect();
        let points = || lines.iter().flat_map(|line| line.points.iter().copied());
        let Some(last) = points().map(|point| point.0).max() else {
            continue;
        };
        let most = points().map(|point| point.1).fold(10.0, f64::max);
        let path = folder.join(format!("growth-{name}.svg"));
        let area = SVGBackend::new(&path, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(
                format!("{name}: nanoseconds a task, 2 threads"),
                ("sans-serif", 18),
            )
            .margin(10)
            .x_label_area_size(40)
            .y_label_area_size(60)
            .build_cartesian_2d((1000.0..last as f64).log_scale(), 0.0..1.3 * most)?;
        chart
            .configure_mesh()
            .x_labels(4)
            .x_desc("tasks")
            .y_desc("ns")
            .draw()?;
        for (place, line) in lines.iter().enumerate() {
            let style = Palette99::pick(place).stroke_width(2);
            let points = line.points.iter().map(|&(tasks, ns)| (tasks as f64, ns));
            chart
                .draw_series(LineSeries::new(points, style))?
                .label(line.who)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 15, y)], style));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE)
            .border_style(BLACK)
            .draw()?;
        area.present()?;
    }
    Ok(())
}
