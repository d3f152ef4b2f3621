//! Tasks of several blocks, on one kind of core or on all cores of a cluster.

use pto_runtime::prelude::*;

use super::{Counts, Ran, Scene, exact};

/// Elements of a cache line.
pub(super) const LINE: usize = 16;

/// Every element of a block's lines is the number of the block, and `base`.
#[kernel(aiv, blocks)]
pub fn vector_number(mut lines: Out<f32>, block: Block, base: f32) {
    lines.fill(base + block.index() as f32);
}

/// The same on a cube core.
#[kernel(aic, blocks)]
pub fn cube_number(mut lines: Out<f32>, block: Block, base: f32) {
    lines.fill(base + block.index() as f32);
}

/// The block's number, how many there are, and which kernel of the task this is.
#[kernel(aiv, blocks)]
pub fn vector_identity(mut lines: Out<f32>, block: Block, kernel: f32) {
    identify(&mut lines, block, kernel);
}

/// The same on a cube core.
#[kernel(aic, blocks)]
pub fn cube_identity(mut lines: Out<f32>, block: Block, kernel: f32) {
    identify(&mut lines, block, kernel);
}

fn identify(lines: &mut Out<'_, f32>, block: Block<'_>, kernel: f32) {
    let identity = [block.index() as f32, block.count() as f32, kernel];
    for row in 0..lines.dim(0) {
        lines.row_mut(row)[..3].copy_from_slice(&identity);
    }
}

/// One task on all cores of a cluster; `lines` is `[3, 16]`.
#[orchestration]
pub fn spmd_basic(lines: InOut<f32>) {
    #[task(blocks = 1)]
    mixed!(
        cube_identity(&mut lines.view_mut([0..1]), 0.0),
        vector_identity(&mut lines.view_mut([1..2]), 1.0),
        vector_identity(&mut lines.view_mut([2..3]), 2.0)
    );
}

/// A task for each of the counts, each block of which writes a line of `[lines, 16]`.
#[orchestration]
pub fn vector_blocks(counts: &[usize], lines: InOut<f32>) {
    let mut first = 0;
    for &count in counts {
        let end = first + count;
        #[task(blocks = count)]
        vector_number(&mut lines.view_mut([first..end]), 0.0);
        first = end;
    }
}

/// A task for each of the counts, each block of which writes a line with each core of a cluster: `lines` is `[blocks, 3,
/// 16]`.
#[orchestration]
pub fn mixed_blocks(counts: &[usize], lines: InOut<f32>) {
    let mut first = 0;
    for &count in counts {
        let end = first + count;
        #[task(name = three_lines, blocks = count)]
        mixed!(
            cube_number(&mut lines.view_mut([first..end, 0..1]), 0.0),
            vector_number(&mut lines.view_mut([first..end, 1..2]), 0.25),
            vector_number(&mut lines.view_mut([first..end, 2..3]), 0.5)
        );
        first = end;
    }
}

pub(super) fn scenes() -> [Scene; 4] {
    unlisted().map(Scene::listed_like_this)
}

fn unlisted() -> [Scene; 4] {
    let graph = |tasks| Counts { tasks, edges: 0 };
    [
        Scene::new("spmd_basic", "all cores of a cluster", graph(1), basic),
        Scene::new(
            "spmd_multiblock_aiv",
            "tasks of 4 to 96 blocks",
            graph(5),
            |runtime| vectors(runtime, &[4, 16, 24, 48, 96]),
        ),
        Scene::new(
            "spmd_multiblock_mix",
            "tasks of 2 to 48 blocks on clusters",
            graph(5),
            |runtime| clusters(runtime, &[2, 8, 12, 24, 48]),
        )
        .on(|builder| builder.workers(4).clusters(2)),
        Scene::new(
            "spmd_batch_dispatch",
            "more blocks than clusters, twice",
            graph(2),
            |runtime| clusters(runtime, &[48, 48]),
        )
        .on(|builder| builder.workers(4).clusters(2)),
    ]
}

fn basic(runtime: &mut Runtime) -> Result<Ran, crate::Error> {
    let mut lines = Tensor::full([3, LINE], -1.0);
    let report = runtime.run(spmd_basic(&mut lines))?.report;
    let mut rows = lines.as_slice().chunks(LINE).enumerate();
    let right = rows.all(|(kernel, row)| row[..3] == [0.0, 1.0, kernel as f32] && row[3] == -1.0);
    Ok(Ran {
        error: exact(right),
        report,
    })
}

fn vectors(runtime: &mut Runtime, counts: &[usize]) -> Result<Ran, crate::Error> {
    let mut lines = Tensor::full([counts.iter().sum(), LINE], -1.0);
    let report = runtime.run(vector_blocks(counts, &mut lines))?.report;
    let want = counts.iter().flat_map(|count| 0..*count);
    let want: Vec<f32> = want.flat_map(|block| [block as f32; LINE]).collect();
    Ok(Ran {
        error: exact(lines.as_slice() == want),
        report,
    })
}

fn clusters(runtime: &mut Runtime, counts: &[usize]) -> Result<Ran, crate::Error> {
    let mut lines = Tensor::full([counts.iter().sum(), 3, LINE], -1.0);
    let report = runtime.run(mixed_blocks(counts, &mut lines))?.report;
    Ok(Ran {
        error: exact(lines.as_slice() == of_clusters(counts)),
        report,
    })
}

/// The lines of tasks of so many blocks.
pub(super) fn of_clusters(counts: &[usize]) -> Vec<f32> {
    let blocks = counts.iter().flat_map(|count| 0..*count);
    let lines = blocks.flat_map(|block| [0.0, 0.25, 0.5].map(|base| base + block as f32));
    lines.flat_map(|value| [value; LINE]).collect()
}
