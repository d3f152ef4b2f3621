//! Tasks whose blocks begin together, beside others and beside each other.

use pto_runtime::RuntimeBuilder;
use pto_runtime::prelude::*;

use super::spmd::{LINE, cube_number, of_clusters, vector_number};
use super::{Counts, Ran, Scene, exact};

/// A cohort on vector cores for each of the counts; `lines` is `[blocks, 16]`.
#[orchestration]
pub fn vector_cohorts(counts: &[usize], lines: InOut<f32>) {
    let mut first = 0;
    for &count in counts {
        let end = first + count;
        #[task(blocks = count, sync_start)]
        vector_number(&mut lines.view_mut([first..end]), 0.0);
        first = end;
    }
}

/// Tasks on clusters with so many blocks, cohorts among them; `lines` is `[blocks, 3, 16]`.
#[orchestration]
pub fn crowd(tasks: &[(usize, bool)], lines: InOut<f32>) {
    let mut first = 0;
    for &(count, together) in tasks {
        let end = first + count;
        if together {
            #[task(name = cohort, blocks = count, sync_start)]
            mixed!(
                cube_number(&mut lines.view_mut([first..end, 0..1]), 0.0),
                vector_number(&mut lines.view_mut([first..end, 1..2]), 0.25),
                vector_number(&mut lines.view_mut([first..end, 2..3]), 0.5)
            );
        } else {
            #[task(name = ordinary, blocks = count)]
            mixed!(
                cube_number(&mut lines.view_mut([first..end, 0..1]), 0.0),
                vector_number(&mut lines.view_mut([first..end, 1..2]), 0.25),
                vector_number(&mut lines.view_mut([first..end, 2..3]), 0.5)
            );
        }
        first = end;
    }
}

pub(super) fn scenes() -> [Scene; 6] {
    let graph = |tasks| Counts { tasks, edges: 0 };
    // Blocks of a cohort take a thread for each of their kernels.
    let clusters: fn(RuntimeBuilder) -> RuntimeBuilder = |builder| builder.workers(18).clusters(6);
    [
        Scene::new(
            "spmd_sync_start_edge",
            "cohorts of one block to nearly all cores",
            graph(4),
            |runtime| vectors(runtime, &[1, 8, 9, 23]),
        )
        .on(|builder| builder.workers(24).clusters(12))
        .listed_like_this(),
        Scene::new(
            "spmd_sync_start_aiv",
            "cohorts of a third, half and all of the vector cores",
            graph(3),
            |runtime| vectors(runtime, &[4, 6, 12]),
        )
        .on(|builder| builder.workers(12).clusters(6)),
        Scene::new(
            "spmd_sync_start",
            "cohorts of a third, half and all of the clusters",
            graph(3),
            |runtime| mixed(runtime, vec![(2, true), (3, true), (6, true)]),
        )
        .on(clusters),
        Scene::new(
            "spmd_sync_start_mix_spill",
            "cohorts of all clusters between tasks with more blocks than there are clusters",
            graph(6),
            |runtime| {
                let tasks = [
                    (9, false),
                    (6, true),
                    (13, false),
                    (6, true),
                    (6, true),
                    (20, false),
                ];
                mixed(runtime, tasks.to_vec())
            },
        )
        .on(clusters),
        Scene::new(
            "spmd_sync_start_stress",
            "six rounds of nine tasks, every third a cohort",
            graph(54),
            |runtime| {
                let tasks = (0..54).map(|i| (1 + i * 7 % 6, i % 3 == 2));
                mixed(runtime, tasks.collect())
            },
        )
        .on(clusters)
        .listed_like_this(),
        Scene::new(
            "spmd_starvation",
            "two cohorts among eighteen ordinary tasks",
            graph(20),
            |runtime| {
                let tasks = (0..20).map(|i| match i % 10 {
                    9 => (6, true),
                    _ => (4, false),
                });
                mixed(runtime, tasks.collect())
            },
        )
        .on(clusters)
        .listed_like_this(),
    ]
}

fn vectors(runtime: &mut Runtime, counts: &[usize]) -> Result<Ran, crate::Error> {
    let mut lines = Tensor::full([counts.iter().sum(), LINE], -1.0);
    let report = runtime.run(vector_cohorts(counts, &mut lines))?.report;
    let want = counts.iter().flat_map(|count| 0..*count);
    let want: Vec<f32> = want.flat_map(|block| [block as f32; LINE]).collect();
    Ok(Ran {
        error: exact(lines.as_slice() == want),
        report,
    })
}

fn mixed(runtime: &mut Runtime, tasks: Vec<(usize, bool)>) -> Result<Ran, crate::Error> {
    let counts: Vec<usize> = tasks.iter().map(|(count, _)| *count).collect();
    let mut lines = Tensor::full([counts.iter().sum(), 3, LINE], -1.0);
    let report = runtime.run(crowd(&tasks, &mut lines))?.report;
    Ok(Ran {
        error: exact(lines.as_slice() == of_clusters(&counts)),
        report,
    })
}
