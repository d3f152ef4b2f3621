//! Paged attention in blocks, one for each sequence, whose cube and vector kernels run side by side.

// A task takes every tensor and every scalar as an argument of its own; so does the orchestration.
#![allow(clippy::too_many_arguments)]

use pto_runtime::prelude::*;
use pto_runtime::{Input, InputOutput};

use super::sequences::Sequences;
use super::{Counts, Ran, Scene};
use crate::attention::Geometry;
use crate::maths::{self, Tile, TileMut};
use crate::views::{elements, elements_mut};

/// Scores of each row's query against the `n`-th tokens of its sequence.
#[kernel(aic, blocks)]
pub fn spmd_scores(
    #[shape(rows, dim)] q: In<bf16>,
    #[shape(tokens, dim)] key: In<bf16>,
    #[shape(sequences, longest)] table: In<i32>,
    #[shape(rows, size)] mut s: Out<f32>,
    block: Block,
    n: usize,
) {
    let (dim, size, heads) = (q.dim(1), s.dim(1), q.dim(0) / table.dim(0));
    let (queries, keys) = (elements(&q), elements(&key));
    let rows = block.range(q.dim(0));
    for (s, row) in elements_mut(&mut s).chunks_mut(size).zip(rows) {
        let at = table.get([row / heads, n]) as usize * size;
        let q = Tile::packed(&queries[row * dim..(row + 1) * dim], dim);
        let k = Tile::packed(&keys[at * dim..(at + size) * dim], dim);
        maths::matmul_transposed(&q, &k, &mut TileMut::packed(s, size));
    }
}

/// Unnormalised weights, maxima and sums of each row's scores.
#[kernel(aiv, blocks)]
pub fn spmd_softmax(
    #[shape(rows, size)] s: In<f32>,
    #[shape(sequences)] lens: In<i32>,
    #[shape(rows, size)] mut p: Out<bf16>,
    #[shape(rows)] mut m: Out<f32>,
    #[shape(rows)] mut l: Out<f32>,
    block: Block,
    scale: f32,
    n: usize,
) {
    let (size, heads) = (s.dim(1), s.dim(0) / lens.dim(0));
    let scores = elements(&s);
    let weights = elements_mut(&mut p).chunks_mut(size);
    let sums = elements_mut(&mut m).iter_mut().zip(elements_mut(&mut l));
    for ((p, (m, l)), row) in weights.zip(sums).zip(block.range(s.dim(0))) {
        let valid = (lens.get(row / heads) as usize).saturating_sub(n * size);
        let s = Tile::new(
            &scores[row * size..(row + 1) * size],
            1,
            valid.min(size),
            size,
        );
        let (m, l) = (std::slice::from_mut(m), std::slice::from_mut(l));
        maths::softmax_prepare(&s, &mut TileMut::packed(p, size), m, l, scale);
    }
}

/// The part of each row's output that is due to these tokens.
#[kernel(aic, blocks)]
pub fn spmd_product(
    #[shape(rows, size)] p: In<bf16>,
    #[shape(tokens, dim)] value: In<bf16>,
    #[shape(sequences, longest)] table: In<i32>,
    #[shape(rows, dim)] mut o: Out<f32>,
    block: Block,
    n: usize,
) {
    let (dim, size, heads) = (value.dim(1), p.dim(1), p.dim(0) / table.dim(0));
    let (weights, values) = (elements(&p), elements(&value));
    let rows = block.range(p.dim(0));
    for (o, row) in elements_mut(&mut o).chunks_mut(dim).zip(rows) {
        let at = table.get([row / heads, n]) as usize * size;
        let p = Tile::packed(&weights[row * size..(row + 1) * size], size);
        let v = Tile::packed(&values[at * dim..(at + size) * dim], dim);
        maths::matmul(&p, &v, &mut TileMut::packed(o, dim));
    }
}

/// Folds these tokens into each row's maximum, sum and output.
#[kernel(aiv, blocks)]
pub fn spmd_update(
    #[shape(rows)] mi: In<f32>,
    #[shape(rows)] li: In<f32>,
    #[shape(rows, dim)] o_new: In<f32>,
    #[shape(rows)] mut m: InOut<f32>,
    #[shape(rows)] mut l: InOut<f32>,
    #[shape(rows, dim)] mut o: InOut<f32>,
    #[shape(rows, dim)] mut dst: InOut<f32>,
    block: Block,
    first: bool,
    last: bool,
) {
    let (rows, dim) = (block.range(mi.dim(0)), o_new.dim(1));
    let o_new = &elements(&o_new)[rows.start * dim..rows.end * dim];
    maths::online_update(
        &elements(&mi)[rows.clone()],
        &elements(&li)[rows],
        &Tile::packed(o_new, dim),
        elements_mut(&mut m),
        elements_mut(&mut l),
        &mut o,
        &mut dst,
        first,
        last,
    );
}

/// Attention of `lens.len()` sequences, of which the longest has `steps` blocks of `size` tokens. The scores of some tokens
/// and the weights of those before are one task.
#[orchestration]
pub fn spmd_attention(
    query: In<bf16>,
    key: In<bf16>,
    value: In<bf16>,
    table: In<i32>,
    lens: In<i32>,
    out: InOut<f32>,
    scale: f32,
    size: usize,
    steps: usize,
) {
    let (rows, dim, sequences) = (query.dim(0), query.dim(1), lens.len());
    let (mut o, mut l, mut m) = alloc!([rows, dim], [rows], [rows]);
    #[task(blocks = sequences)]
    let mut s = spmd_scores(&query, &key, &table, out!([rows, size]), 0);
    for n in 1..steps {
        #[task(name = scores_and_softmax, blocks = sequences)]
        let (next, p, mi, li) = mixed!(
            spmd_scores(&query, &key, &table, out!([rows, size]), n),
            spmd_softmax(
                &s,
                &lens,
                out!([rows, size]),
                out!([rows]),
                out!([rows]),
                scale,
                n - 1
            )
        );
        s = next;
        #[task(blocks = sequences)]
        let o_n = spmd_product(&p, &value, &table, out!([rows, dim]), n - 1);
        #[task(blocks = sequences)]
        spmd_update(
            &mi,
            &li,
            &o_n,
            &mut m,
            &mut l,
            &mut o,
            &mut out,
            n == 1,
            false,
        );
    }
    #[task(blocks = sequences)]
    let (p, mi, li) = spmd_softmax(
        &s,
        &lens,
        out!([rows, size]),
        out!([rows]),
        out!([rows]),
        scale,
        steps - 1,
    );
    #[task(blocks = sequences)]
    let o_n = spmd_product(&p, &value, &table, out!([rows, dim]), steps - 1);
    #[task(blocks = sequences)]
    spmd_update(
        &mi,
        &li,
        &o_n,
        &mut m,
        &mut l,
        &mut o,
        &mut out,
        steps == 1,
        true,
    );
}

/// The cases: name; heads, size of a head and tokens of a block; sequences.
const CASES: [(&str, [usize; 3], Sequences); 4] = [
    ("CaseSmall1", [16, 16, 16], Sequences::new(&[33], 1)),
    ("CaseOneBlock", [16, 16, 16], Sequences::new(&[15, 1], 2)),
    (
        "CaseVarSeq4",
        [16, 16, 16],
        Sequences::new(&[33, 64, 128, 15], 4),
    ),
    ("CaseWide", [16, 128, 128], Sequences::new(&[1024, 700], 24)),
];

pub(super) fn scenes() -> impl Iterator<Item = Scene> {
    CASES.into_iter().map(|(case, extents, sequences)| {
        let geometry = sequences.geometry(extents);
        let steps = geometry.max_blocks as u64;
        // Of each step: scores to weights to product, weights, product and scratch to update; each update to the next.
        let graph = Counts {
            tasks: 2 + 3 * steps,
            edges: 6 * steps - 1,
        };
        Scene::new(
            format!("spmd_paged_attention/{case}"),
            "attention in blocks, cube and vector kernels side by side",
            graph,
            move |runtime| run(runtime, geometry, sequences),
        )
        .on(|builder| builder.workers(4).clusters(2))
    })
}

fn run(
    runtime: &mut Runtime,
    geometry: Geometry,
    sequences: Sequences,
) -> Result<Ran, crate::Error> {
    let (batch, steps) = (geometry.batch, geometry.max_blocks);
    let rows = [geometry.rows(), geometry.head_dim];
    let cache = [geometry.blocks * geometry.block_size, geometry.head_dim];
    sequences.solve(geometry, 13, |problem, out| {
        let program = spmd_attention(
            Input::from_slice(&problem.query, rows)?,
            Input::from_slice(&problem.key, cache)?,
            Input::from_slice(&problem.value, cache)?,
            Input::from_slice(&problem.table, [batch, steps])?,
            Input::from_slice(&problem.lens, [batch])?,
            InputOutput::from_mut_slice(out, rows)?,
            problem.scale,
            geometry.block_size,
            steps,
        );
        Ok(runtime.run(program)?.report)
    })
}
