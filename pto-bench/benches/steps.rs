//! The single steps of submitting, in time: an argument, a link of a chain, a tile among many.
//!
//! One iteration is a program of many tasks. Only submitting counts, not what the kernels and their completion take.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pto_bench::ours::{Form, Ours};
use pto_bench::shapes::{Memory, Program, ROOM, Shape};
use pto_bench::workload::{Name, Workload};
use pto_runtime::{Report, Runtime};

/// Tasks of a program.
const TASKS: usize = 4096;

fn machine(tasks: usize) -> Runtime {
    let builder = pto_bench::machine::submitting(tasks);
    builder.build().expect("there is memory for the rings")
}

/// The time of submitting in so many runs.
fn submitting(runs: u64, mut run: impl FnMut() -> Report) -> Duration {
    (0..runs).map(|_| run().orchestration).sum()
}

fn scope(auto: bool) -> &'static str {
    if auto { "AUTO" } else { "MANUAL" }
}

fn shapes(criterion: &mut Criterion) {
    let mut memory = Memory::new(TASKS);
    for shape in Shape::ALL {
        let mut group = criterion.benchmark_group(shape.as_str());
        for &size in shape.sizes() {
            for auto in [true, false] {
                let program = Program { shape, size, auto };
                let mut runtime = machine(ROOM * TASKS);
                let mut run = || {
                    let ran = program.run(&mut runtime, &mut memory, TASKS);
                    ran.expect("the program runs")
                };
                group.throughput(Throughput::Elements(run().tasks));
                group.bench_function(BenchmarkId::new(scope(auto), size), |bencher| {
                    bencher.iter_custom(|runs| submitting(runs, &mut run));
                });
            }
        }
        group.finish();
    }
}

/// A workload in several sizes: a chain has one cell, in `indep` every task looks up another tile of one tensor.
fn workload(criterion: &mut Criterion, title: &str, name: Name, sizes: &[usize]) {
    let mut group = criterion.benchmark_group(title);
    for &tasks in sizes {
        for form in Form::ALL.into_iter().filter(|form| form.has(name)) {
            let workload = Workload::new(name, tasks);
            group.throughput(Throughput::Elements(tasks as u64));
            let mut ours = Ours::new(workload, form, 0, machine(tasks));
            group.bench_function(BenchmarkId::new(form.as_str(), tasks), |bencher| {
                let mut run = || ours.run().expect("the program runs").report;
                bencher.iter_custom(|runs| submitting(runs, &mut run));
            });
        }
    }
    group.finish();
}

fn links(criterion: &mut Criterion) {
    workload(criterion, "link of a chain", Name::Chain, &[TASKS]);
}

fn tiles(criterion: &mut Criterion) {
    workload(
        criterion,
        "tile among so many",
        Name::Indep,
        &[16, 256, 4096, 65536],
    );
}

criterion_group! {
    name = steps;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1000));
    targets = shapes, links, tiles
}
criterion_main!(steps);
