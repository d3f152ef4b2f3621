//! Paged attention whose tasks work on 16 sequences at a time.

// A task takes every tensor and every scalar as an argument of its own; so does the orchestration.
#![allow(clippy::too_many_arguments)]

use pto_runtime::prelude::*;
use pto_runtime::{Input, InputOutput};

use super::sequences::Sequences;
use super::{Counts, Ran, Scene};
use crate::attention::Geometry;
use crate::kernels::{batch_product, batch_scores, batch_softmax, online_update};

/// Sequences of a task.
const TOGETHER: usize = 16;

/// Attention of `lens.len()` sequences, in chunks. Query and output are `[sequences * heads, dim]`, the caches
/// `[blocks * block, dim]`, the table `[sequences, longest]`.
#[orchestration]
pub fn batch_attention(
    query: In<bf16>,
    key: In<bf16>,
    value: In<bf16>,
    table: In<i32>,
    lens: In<i32>,
    out: InOut<f32>,
    scale: f32,
    heads: usize,
    block: usize,
    blocks: usize,
) {
    let dim = query.dim(1);
    parallel_for!((0..lens.len()).step_by(TOGETHER), |first| {
        let after = lens.len().min(first + TOGETHER);
        let rows = (after - first) * heads;
        let q = query.view([first * heads..after * heads, ..]);
        let (lens, table) = (lens.view([first..after]), table.view([first..after, ..]));
        let mut dst = out.view_mut([first * heads..after * heads, ..]);
        scope!({
            let (mut o, mut l, mut m) = alloc!([rows, dim], [rows], [rows]);
            for n in 0..blocks {
                scope!({
                    let s = batch_scores(&q, &key, &table, out!([rows, block]), n, block);
                    let (p, mi, li) = batch_softmax(
                        &s,
                        &lens,
                        out!([rows, block]),
                        out!([rows]),
                        out!([rows]),
                        scale,
                        n,
                    );
                    let o_n = batch_product(&p, &value, &table, out!([rows, dim]), n, block);
                    online_update(
                        &mi,
                        &li,
                        &o_n,
                        &mut m,
                        &mut l,
                        &mut o,
                        &mut dst,
                        n == 0,
                        n + 1 == blocks,
                    );
                });
            }
        });
    });
}

/// The case that runs on rings much smaller than it.
const RING_STRESS: &str = "RingStress";

/// The scene's cases: name; heads, size of a head and tokens of a block; sequences.
const CASES: [(&str, [usize; 3], Sequences); 9] = [
    ("CaseSmall1", [16, 16, 16], Sequences::new(&[33], 1)),
    ("CaseSmall2", [16, 16, 16], Sequences::new(&[31], 1)),
    ("CaseSmall3", [16, 16, 16], Sequences::new(&[128], 1)),
    ("CaseVarSeq2", [16, 16, 16], Sequences::new(&[33, 17], 2)),
    (
        "CaseVarSeq4",
        [16, 16, 16],
        Sequences::new(&[33, 64, 128, 15], 4),
    ),
    (RING_STRESS, [16, 128, 128], Sequences::new(&[4096], 32)),
    ("Case1", [16, 128, 128], Sequences::new(&[8192], 256)),
    ("Case2", [64, 128, 64], Sequences::new(&[8192], 64)),
    ("Case3", [64, 256, 64], Sequences::new(&[8192], 64)),
];

pub(super) fn scenes() -> impl Iterator<Item = Scene> {
    CASES.into_iter().map(|(name, extents, sequences)| {
        let geometry = sequences.geometry(extents);
        let chunks = sequences.count.div_ceil(TOGETHER) as u64;
        let blocks = geometry.max_blocks as u64;
        // Of each block: scores to weights to product, weights and product to update, scratch to update; and each update to
        // the next.
        let graph = Counts {
            tasks: chunks * (1 + 4 * blocks),
            edges: chunks * (6 * blocks - 1),
        };
        let about = "attention, 16 sequences at a time";
        let title = format!("batch_paged_attention/{name}");
        let scene = Scene::new(title, about, graph, move |runtime| {
            run(runtime, geometry, sequences)
        });
        match name {
            // Rings much smaller than the scene.
            RING_STRESS => scene.on(|builder| builder.window(64).heap(4 << 20).dep_pool(256)),
            "Case1" => scene.listed_for("/Case1"),
            _ => scene,
        }
    })
}

fn run(
    runtime: &mut Runtime,
    geometry: Geometry,
    sequences: Sequences,
) -> Result<Ran, crate::Error> {
    let Geometry {
        batch,
        head_dim,
        block_size,
        blocks,
        max_blocks,
        ..
    } = geometry;
    let rows = [geometry.rows(), head_dim];
    let cache = [blocks * block_size, head_dim];
    sequences.solve(geometry, 7, |problem, out| {
        let program = batch_attention(
            Input::from_slice(&problem.query, rows)?,
            Input::from_slice(&problem.key, cache)?,
            Input::from_slice(&problem.value, cache)?,
            Input::from_slice(&problem.table, [batch, max_blocks])?,
            Input::from_slice(&problem.lens, [batch])?,
            InputOutput::from_mut_slice(out, rows)?,
            problem.scale,
            geometry.heads,
            block_size,
            max_blocks,
        );
        Ok(runtime.run(program)?.report)
    })
}
