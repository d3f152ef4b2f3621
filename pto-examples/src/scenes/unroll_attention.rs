//! Paged attention whose tasks work on up to 64 blocks at a time, on tensors of four dimensions.

// A task takes every tensor and every scalar as an argument of its own; so do the orchestrations.
#![allow(clippy::too_many_arguments)]

use pto_runtime::prelude::*;
use pto_runtime::{Input, InputOutput};

use super::sequences::Sequences;
use super::{Counts, Ran, Scene};
use crate::kernels::{online_update, softmax_prepare};
use crate::maths::{self, Tile, TileMut};
use crate::views::{elements, elements_mut};

/// Blocks of a task, at most.
const TOGETHER: usize = 64;

/// Scores of a query tile against the blocks of one sequence, from the `first` on, side by side.
#[kernel(aic)]
pub fn group_scores(
    #[shape(rows, dim)] q: In<bf16>,
    #[shape(blocks, size, 1, dim)] key: In<bf16>,
    #[shape(sequences, longest)] table: In<i32>,
    #[shape(rows, columns)] mut s: Out<f32>,
    sequence: usize,
    first: usize,
) {
    let [size, dim] = [key.dim(1), key.dim(3)];
    let [rows, columns] = [s.dim(0), s.dim(1)];
    let (keys, scores) = (elements(&key), elements_mut(&mut s));
    for n in 0..columns / size {
        let at = table.get([sequence, first + n]) as usize * size;
        let k = Tile::packed(&keys[at * dim..(at + size) * dim], dim);
        let mut s = TileMut::new(&mut scores[n * size..], rows, size, columns);
        maths::matmul_transposed(&q, &k, &mut s);
    }
}

/// The part of the output that is due to these blocks.
#[kernel(aic)]
pub fn group_product(
    #[shape(rows, columns)] p: In<bf16>,
    #[shape(blocks, size, 1, dim)] value: In<bf16>,
    #[shape(sequences, longest)] table: In<i32>,
    #[shape(rows, dim)] mut o: Out<f32>,
    sequence: usize,
    first: usize,
) {
    let [size, dim] = [value.dim(1), value.dim(3)];
    let [rows, columns] = [p.dim(0), p.dim(1)];
    let (weights, values) = (elements(&p), elements(&value));
    let mut part = vec![0.0; rows * dim];
    let sums = elements_mut(&mut o);
    sums.fill(0.0);
    for n in 0..columns / size {
        let at = table.get([sequence, first + n]) as usize * size;
        let p = Tile::new(&weights[n * size..], rows, size, columns);
        let v = Tile::packed(&values[at * dim..(at + size) * dim], dim);
        maths::matmul(&p, &v, &mut TileMut::packed(&mut part, dim));
        sums.iter_mut()
            .zip(&part)
            .for_each(|(sum, part)| *sum += part);
    }
}

/// Query and output are `[sequences, positions, heads, dim]`, the caches `[blocks, size, 1, dim]`, the table `[sequences,
/// longest]`. All positions of a sequence attend to the whole of it.
#[orchestration]
pub fn unrolled_auto(
    query: In<bf16>,
    key: In<bf16>,
    value: In<bf16>,
    table: In<i32>,
    lens: In<i32>,
    out: InOut<f32>,
    scale: f32,
) {
    let (size, heads, dim) = (key.dim(1), query.dim(2), query.dim(3));
    parallel_for!(0..query.dim(0), |b| {
        parallel_for!(0..query.dim(1), |at| {
            scope!({
                let context = lens[b] as usize;
                let blocks = context.div_ceil(size);
                let q = query.view([b..b + 1, at..at + 1]).reshape([heads, dim]);
                let mut dst = out.view_mut([b..b + 1, at..at + 1]);
                let mut dst = dst.reshape_mut([heads, dim]);
                let (mut o, mut l, mut m) = alloc!([heads, dim], [heads], [heads]);
                for first in (0..blocks).step_by(TOGETHER) {
                    let count = TOGETHER.min(blocks - first);
                    let valid = (count * size).min(context - first * size);
                    let s = group_scores(&q, &key, &table, out!([heads, count * size]), b, first);
                    let (p, mi, li) = softmax_prepare(
                        &s.view([.., ..valid]),
                        out!([heads, count * size]),
                        out!([heads]),
                        out!([heads]),
                        scale,
                    );
                    let o_n = group_product(&p, &value, &table, out!([heads, dim]), b, first);
                    online_update(
                        &mi,
                        &li,
                        &o_n,
                        &mut m,
                        &mut l,
                        &mut o,
                        &mut dst,
                        first == 0,
                        first + count == blocks,
                    );
                }
            });
        });
    });
}

/// The same in MANUAL scopes.
#[orchestration]
pub fn unrolled_manual(
    query: In<bf16>,
    key: In<bf16>,
    value: In<bf16>,
    table: In<i32>,
    lens: In<i32>,
    out: InOut<f32>,
    scale: f32,
) {
    let (size, heads, dim) = (key.dim(1), query.dim(2), query.dim(3));
    parallel_for!(0..query.dim(0), |b| {
        parallel_for!(0..query.dim(1), |at| {
            manual_scope!({
                let context = lens[b] as usize;
                let blocks = context.div_ceil(size);
                let q = query.view([b..b + 1, at..at + 1]).reshape([heads, dim]);
                let mut dst = out.view_mut([b..b + 1, at..at + 1]);
                let mut dst = dst.reshape_mut([heads, dim]);
                let (mut o, mut l, mut m) = alloc!([heads, dim], [heads], [heads]);
                for first in (0..blocks).step_by(TOGETHER) {
                    let count = TOGETHER.min(blocks - first);
                    let valid = (count * size).min(context - first * size);
                    let s = group_scores(&q, &key, &table, out!([heads, count * size]), b, first);
                    let (p, mi, li) = softmax_prepare(
                        &s.view([.., ..valid]),
                        out!([heads, count * size]),
                        out!([heads]),
                        out!([heads]),
                        scale,
                    );
                    let o_n = group_product(&p, &value, &table, out!([heads, dim]), b, first);
                    online_update(
                        &mi,
                        &li,
                        &o_n,
                        &mut m,
                        &mut l,
                        &mut o,
                        &mut dst,
                        first == 0,
                        first + count == blocks,
                    );
                }
            });
        });
    });
}

/// A case.
#[derive(Clone, Copy)]
struct Size {
    /// Positions of a sequence, all of which attend to the whole of it.
    positions: usize,
    /// Heads, size of a head, and tokens of a block.
    extents: [usize; 3],
    sequences: Sequences,
    /// The edges listed where there are AUTO scopes, and how many of them others imply: those MANUAL scopes leave out.
    listed: Option<[u64; 2]>,
}

const CASES: [(&str, Size); 7] = [
    ("CaseSmall1", small(1, 16, Sequences::new(&[33], 1))),
    (
        "CaseVarSeq4",
        small(1, 16, Sequences::new(&[33, 64, 128, 15], 4)),
    ),
    (
        "CaseGroups",
        small(1, 16, Sequences::new(&[1024, 1025, 2500], 3)),
    ),
    ("CasePositions", small(3, 8, Sequences::new(&[33, 128], 2))),
    ("Case1", large([16, 128, 128], 256, Some([1280, 256]))),
    ("Case2", large([64, 128, 64], 64, Some([704, 192]))),
    ("Case3", large([64, 256, 64], 64, None)),
];

const fn small(positions: usize, heads: usize, sequences: Sequences) -> Size {
    Size {
        positions,
        extents: [heads, 16, 16],
        sequences,
        listed: None,
    }
}

const fn large(extents: [usize; 3], count: usize, listed: Option<[u64; 2]>) -> Size {
    Size {
        positions: 1,
        extents,
        sequences: Sequences::new(&[8192], count),
        listed,
    }
}

pub(super) fn scenes() -> impl Iterator<Item = Scene> {
    [false, true].into_iter().flat_map(|manual| {
        CASES.into_iter().map(move |(case, size)| {
            let graph = graph(size, manual);
            let version = if manual { "_manual_scope" } else { "" };
            let scene = Scene::new(
                format!("paged_attention_unroll_4dims{version}/{case}"),
                "attention, up to 64 blocks at a time",
                graph,
                move |runtime| run(runtime, size, manual),
            );
            match size.listed {
                Some([edges, implied]) => {
                    let edges = if manual { edges - implied } else { edges };
                    scene.listed(graph.tasks, edges, "")
                }
                None => scene,
            }
        })
    })
}

/// Of each group: scores to weights to product to update, each update to the next, and the scratch kept; where the runtime
/// finds the edges also weights to update, and the scratch to each update.
fn graph(size: Size, manual: bool) -> Counts {
    let [_, _, block] = size.extents;
    let contexts = size.sequences.contexts();
    let groups = contexts.map(|context| context.div_ceil(block * TOGETHER) as u64);
    let edges = |n: u64| if manual { 4 * n } else { 6 * n - 1 };
    let positions = size.positions as u64;
    Counts {
        tasks: positions * groups.clone().map(|n| 1 + 4 * n).sum::<u64>(),
        edges: positions * groups.map(edges).sum::<u64>(),
    }
}

fn run(runtime: &mut Runtime, size: Size, manual: bool) -> Result<Ran, crate::Error> {
    let (positions, [heads, dim, block]) = (size.positions, size.extents);
    // To the textbook a position is some more heads.
    let geometry = size.sequences.geometry([positions * heads, dim, block]);
    let rows = [geometry.batch, positions, heads, dim];
    let cache = [geometry.blocks, block, 1, dim];
    let table = [geometry.batch, geometry.max_blocks];
    size.sequences.solve(geometry, 11, |problem, out| {
        macro_rules! run {
            ($version:ident) => {
                runtime.run($version(
                    Input::from_slice(&problem.query, rows)?,
                    Input::from_slice(&problem.key, cache)?,
                    Input::from_slice(&problem.value, cache)?,
                    Input::from_slice(&problem.table, table)?,
                    Input::from_slice(&problem.lens, [geometry.batch])?,
                    InputOutput::from_mut_slice(out, rows)?,
                    problem.scale,
                ))?
            };
        }
        let done = match manual {
            true => run!(unrolled_manual),
            false => run!(unrolled_auto),
        };
        Ok(done.report)
    })
}
