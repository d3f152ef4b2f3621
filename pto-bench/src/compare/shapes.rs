//! What an argument, and an edge, costs.

use pto_runtime::Runtime;

use super::sample::median;
use super::table::{Table, ns};
use super::{Bench, Tables};
use crate::shapes::{Memory, Program, Shape};

pub(super) fn run(bench: &Bench<'_>) -> Tables {
    let tasks = bench.options.tasks();
    let slots = (tasks + 2).next_power_of_two();
    let machine = || {
        Runtime::builder()
            .workers(1)
            .window(slots)
            .dep_pool(4 * slots)
            .build()
    };
    let mut runtime = machine()?;
    let mut memory = Memory::new(tasks);
    let reps = bench.options.rounds() * bench.options.reps();
    let mut tables = Vec::new();
    for shape in Shape::ALL {
        let title = format!(
            "{}: nanoseconds a task, 1 thread, {tasks} tasks, medians of {reps} repetitions",
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
        for &size in shape.sizes() {
            let mut row = vec![size.to_string()];
            for auto in [true, false] {
                let program = Program { shape, size, auto };
                let tasks_of_run = program.run(&mut runtime, &mut memory, tasks)?.tasks as f64;
                let (mut submit, mut all) = (Vec::new(), Vec::new());
                for _ in 0..reps {
                    let report = program.run(&mut runtime, &mut memory, tasks)?;
                    submit.push(report.orchestration.as_nanos() as f64 / tasks_of_run);
                    all.push(report.elapsed.as_nanos() as f64 / tasks_of_run);
                }
                for samples in [&mut submit, &mut all] {
                    row.push(ns(median(samples).unwrap_or(f64::NAN)));
                }
            }
            table.row(row);
        }
        tables.push(table);
    }
    Ok(tables)
}
