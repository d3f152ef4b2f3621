//! Paged attention: of each tile of queries an allocation, and four tasks for each block of the cache.
//!
//! A tile is a row of the query here, a block a row of the cache.

use pto_runtime::prelude::*;

use super::kernels::{pv, qk, softmax, update};

/// An AUTO scope for each tile, and in it one for each block.
#[orchestration]
pub(super) fn auto(
    query: In<f32>,
    key: In<f32>,
    value: In<f32>,
    table: In<i32>,
    out: InOut<f32>,
    blocks: usize,
) {
    parallel_for!(0..query.dim(0), |tile| {
        scope!({
            let q = query.view([tile..tile + 1, ..]);
            let mut dst = out.view_mut([tile..tile + 1, ..]);
            let (mut o, mut l, mut m) = alloc!([1, 4], [1], [1]);
            for n in 0..blocks {
                scope!({
                    let at = table[[tile, n]] as usize;
                    let s = qk(&q, &key.view([at..at + 1, ..]), out!([1, 4]));
                    let (p, mi, li) =
                        softmax(&s.view([.., 0..3]), out!([1, 4]), out!([1]), out!([1]), 1.0);
                    let o_n = pv(&p, &value.view([at..at + 1, ..]), out!([1, 4]));
                    update(
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

/// A MANUAL scope for each tile.
#[orchestration]
pub(super) fn manual(
    query: In<f32>,
    key: In<f32>,
    value: In<f32>,
    table: In<i32>,
    out: InOut<f32>,
    blocks: usize,
) {
    parallel_for!(0..query.dim(0), |tile| {
        manual_scope!({
            let q = query.view([tile..tile + 1, ..]);
            let mut dst = out.view_mut([tile..tile + 1, ..]);
            let (mut o, mut l, mut m) = alloc!([1, 4], [1], [1]);
            for n in 0..blocks {
                let at = table[[tile, n]] as usize;
                let s = qk(&q, &key.view([at..at + 1, ..]), out!([1, 4]));
                let (p, mi, li) =
                    softmax(&s.view([.., 0..3]), out!([1, 4]), out!([1]), out!([1]), 1.0);
                let o_n = pv(&p, &value.view([at..at + 1, ..]), out!([1, 4]));
                update(
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
            }
        });
    });
}

/// A MANUAL scope for each tile, its blocks submitted in chains of four.
#[orchestration]
pub(super) fn unrolled(
    query: In<f32>,
    key: In<f32>,
    value: In<f32>,
    table: In<i32>,
    out: InOut<f32>,
    blocks: usize,
) {
    parallel_for!(0..query.dim(0), |tile| {
        manual_scope!({
            let q = query.view([tile..tile + 1, ..]);
            let mut dst = out.view_mut([tile..tile + 1, ..]);
            let (mut o, mut l, mut m) = alloc!([1, 4], [1], [1]);
            #[unroll(4)]
            for n in 0..blocks {
                let at = table[[tile, n]] as usize;
                let s = qk(&q, &key.view([at..at + 1, ..]), out!([1, 4]));
                let (p, mi, li) =
                    softmax(&s.view([.., 0..3]), out!([1, 4]), out!([1]), out!([1]), 1.0);
                let o_n = pv(&p, &value.view([at..at + 1, ..]), out!([1, 4]));
                update(
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
            }
        });
    });
}
