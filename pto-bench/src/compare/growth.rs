//! Whether a task costs the same in a program of a thousand tasks and in one of millions.

use super::contenders::{Class, Contender};
use super::table::{Table, ns};
use super::{Bench, Tables, plot, speed};
use crate::workload::Name;

/// Those who are compared.
const WHO: [&str; 5] = [
    "pto-auto",
    "pto-manual",
    "openmp-gcc",
    "openmp-clang",
    "rayon-inline",
];
const NAMES: [Name; 3] = [Name::Chain, Name::Attn, Name::Random];

/// Nanoseconds a task by the number of tasks.
struct Line {
    who: &'static str,
    name: Name,
    points: Vec<(usize, f64)>,
}

pub(super) fn run(bench: &Bench<'_>) -> Tables {
    let sizes: Vec<usize> = bench.options.sizes().collect();
    let title = "Nanoseconds a task in programs of so many tasks, 2 threads, medians";
    let header = ["workload", "runtime"].map(str::to_owned).into_iter();
    let mut table = Table::new(title, header.chain(sizes.iter().map(usize::to_string)));
    let mut lines = Vec::new();
    let effort = bench.options.effort().at_most(3, 3);
    for name in NAMES {
        let mut found: Vec<Line> = Vec::new();
        for &size in &sizes {
            let takes_part = |one: &Contender| {
                WHO.contains(&one.name)
                    && (one.class == Class::Ours || bench.options.compares_growth(size))
            };
            for (contender, figure) in speed::measure(bench, name, size, 2, effort, takes_part)? {
                let Ok(figure) = figure else { continue };
                let who = contender.name;
                let at = found
                    .iter()
                    .position(|line| line.who == who)
                    .unwrap_or_else(|| {
                        found.push(Line {
                            who,
                            name,
                            points: Vec::new(),
                        });
                        found.len() - 1
                    });
                found[at].points.push((size, figure));
            }
        }
        for line in &found {
            let figures = sizes.iter().map(|size| {
                let point = line.points.iter().find(|point| point.0 == *size);
                point.map_or("–".to_owned(), |point| ns(point.1))
            });
            table.row(
                [name.to_string(), line.who.to_owned()]
                    .into_iter()
                    .chain(figures),
            );
        }
        lines.append(&mut found);
    }
    if let Some(folder) = bench.plots {
        for name in NAMES {
            let of_name = lines.iter().filter(|line| line.name == name);
            let series = of_name.map(|line| plot::Series {
                label: line.who.to_owned(),
                points: line
                    .points
                    .iter()
                    .map(|&(tasks, ns)| (tasks as f64, ns))
                    .collect(),
            });
            let series: Vec<_> = series.collect();
            let path = folder.join(format!("growth-{name}.svg"));
            let caption = format!("{name}: nanoseconds a task, 2 threads");
            plot::lines(&path, &caption, "tasks", &series)?;
        }
    }
    Ok(vec![table])
}
