//! What an argument, and an edge, costs.

use std::time::Duration;

use pto_runtime::{Error, Report, Runtime};

use super::sample::median;
use super::table::{Table, ns};
use super::{Bench, Tables, plot};
use crate::machine;
use crate::shapes::{Memory, Program, ROOM, Shape};

/// Tasks of a program.
const TASKS: usize = 4096;

pub(super) fn run(bench: &Bench<'_>) -> Tables {
    let mut submitting = machine::submitting(ROOM * TASKS).build()?;
    let mut running = machine::roomy(ROOM * TASKS).workers(1).build()?;
    let mut memory = Memory::new(TASKS);
    let reps = bench.options.effort().total();
    let mut tables = Vec::new();
    for shape in Shape::ALL {
        let title = format!(
            "{}: nanoseconds a task, 1 thread, {TASKS} tasks, medians of {reps} repetitions",
            shape.as_str()
        );
        let header = [
            shape.as_str(),
            "AUTO, submit only",
            "AUTO, all done",
            "MANUAL, submit only",
            "MANUAL, all done",
        ];
        let mut table = Table::new(title, header);
        let mut series = header[1..]
            .iter()
            .map(|label| plot::Series {
                label: (*label).to_owned(),
                points: Vec::new(),
            })
            .collect::<Vec<_>>();
        for &size in shape.sizes() {
            let mut figures = Vec::new();
            for auto in [true, false] {
                let program = Program { shape, size, auto };
                let mut nanoseconds = |runtime: &mut Runtime, of: fn(&Report) -> Duration| {
                    // The first run touches memory for the first time.
                    program.run(runtime, &mut memory, TASKS)?;
                    let mut samples = Vec::new();
                    for _ in 0..reps {
                        let report = program.run(runtime, &mut memory, TASKS)?;
                        samples.push(of(&report).as_nanos() as f64 / report.tasks as f64);
                    }
                    Ok::<_, Error>(median(&mut samples).unwrap_or(f64::NAN))
                };
                figures.push(nanoseconds(&mut submitting, |report| report.orchestration)?);
                figures.push(nanoseconds(&mut running, |report| report.elapsed)?);
            }
            for (series, figure) in series.iter_mut().zip(&figures) {
                series.points.push((size as f64, *figure));
            }
            let figures = figures.into_iter().map(ns);
            table.row([size.to_string()].into_iter().chain(figures));
        }
        if let Some(folder) = bench.plots {
            let path = folder.join(format!("shape-{}.svg", shape.as_str()));
            let caption = format!("{}: nanoseconds a task, 1 thread", shape.as_str());
            plot::lines(&path, &caption, shape.as_str(), &series)?;
        }
        tables.push(table);
    }
    Ok(tables)
}
