//! As many producers as consumers, each of which waits for all of them.

use pto_runtime::Report;
use pto_runtime::prelude::*;

use super::{Counts, Ran, Scene, exact};
use crate::kernels::{fill, sum};

const TASKS: usize = 64;

/// `y[i]` is the sum of all of `x`, whose elements are written one by one.
#[orchestration]
pub fn many_edges(x: InOut<f32>, y: InOut<f32>) {
    for i in 0..x.len() {
        fill(&mut x.view_mut([i..i + 1]), i as f32);
    }
    for i in 0..y.len() {
        sum(&x, &mut y.view_mut([i..i + 1]));
    }
}

/// The same, with edges at compile time: the consumers share one task that waits for all producers.
#[orchestration]
pub fn many_edges_fenced(x: InOut<f32>, y: InOut<f32>) {
    manual_scope!({
        for i in 0..x.len() {
            fill(&mut x.view_mut([i..i + 1]), i as f32);
        }
        for i in 0..y.len() {
            sum(&x, &mut y.view_mut([i..i + 1]));
        }
    });
}

pub(super) fn scenes() -> [Scene; 2] {
    let n = TASKS as u64;
    let about = "64 producers, each of them waited for by 64 consumers";
    let all = Counts {
        tasks: 2 * n,
        edges: n * n,
    };
    let fenced = Counts {
        tasks: 2 * n + 1,
        edges: 2 * n,
    };
    let why = "the consumers wait for one task that waits for all producers";
    [
        Scene::new("fanin_lookup_perf/auto", about, all, |runtime| {
            run(|x, y| Ok(runtime.run(many_edges(x, y))?.report))
        })
        .listed_for("/auto"),
        Scene::new("fanin_lookup_perf/manual", about, fenced, |runtime| {
            run(|x, y| Ok(runtime.run(many_edges_fenced(x, y))?.report))
        })
        .listed(all.tasks, all.edges, why),
    ]
}

fn run(
    program: impl FnOnce(&mut Tensor<f32>, &mut Tensor<f32>) -> Result<Report, crate::Error>,
) -> Result<Ran, crate::Error> {
    let (mut x, mut y) = (Tensor::zeros([TASKS]), Tensor::zeros([TASKS]));
    let report = program(&mut x, &mut y)?;
    let total = (0..TASKS).map(|i| i as f32).sum::<f32>();
    Ok(Ran {
        error: exact(y.as_slice().iter().all(|sum| *sum == total)),
        report,
    })
}
