//! Tensors of two thirds of the heap, one after the other: an empty ring has all of its heap in one piece, wherever the
//! last tensor ended.

use pto_runtime::prelude::*;

use super::{Counts, Ran, Scene, exact};
use crate::kernels::{copy, fill};

/// Elements of 1 MiB.
const LARGE: usize = 1 << 18;
const ROUNDS: usize = 4;

/// Row `i` of `y` is what a scratch tensor of its own was filled with.
#[orchestration]
pub fn heap_rebase(y: InOut<f32>) {
    let n = y.dim(1);
    for i in 0..y.dim(0) {
        scope!({
            let large = fill(out!([n]), i as f32);
            copy(&large, &mut y.view_mut([i..i + 1]).reshape_mut([n]));
        });
    }
}

pub(super) fn scenes() -> [Scene; 1] {
    let graph = Counts {
        tasks: 2 * ROUNDS as u64,
        edges: ROUNDS as u64,
    };
    let about = "tensors of two thirds of the heap, one after the other";
    [Scene::new("heap_empty_ring_rebase", about, graph, run)
        .on(|builder| builder.heaps([4 << 20, 3 << 19, 4 << 20, 4 << 20]))]
}

fn run(runtime: &mut Runtime) -> Result<Ran, crate::Error> {
    let mut y = Tensor::zeros([ROUNDS, LARGE]);
    let report = runtime.run(heap_rebase(&mut y))?.report;
    let mut rows = y.as_slice().chunks(LARGE).enumerate();
    let right = rows.all(|(i, row)| row.iter().all(|value| *value == i as f32));
    Ok(Ran {
        error: exact(right),
        report,
    })
}
