//! A program that asks how many cores there are.

use pto_runtime::prelude::*;

use super::{Counts, Ran, Scene, exact};

/// The number of clusters, AIC cores and AIV cores.
#[orchestration]
pub fn available_cores(counts: Out<u32>) {
    counts.set(0, clusters!() as u32);
    counts.set(1, cores!(aic) as u32);
    counts.set(2, cores!(aiv) as u32);
}

pub(super) fn scenes() -> [Scene; 1] {
    let graph = Counts { tasks: 0, edges: 0 };
    let about = "how many cores there are";
    [Scene::new("available_aicore_counts", about, graph, run)
        .on(|builder| builder.workers(4).clusters(3))]
}

fn run(runtime: &mut Runtime) -> Result<Ran, crate::Error> {
    let mut counts = Tensor::zeros([3]);
    let report = runtime.run(available_cores(&mut counts))?.report;
    Ok(Ran {
        error: exact(counts.as_slice() == [3, 3, 6]),
        report,
    })
}
