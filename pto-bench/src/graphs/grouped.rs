//! Paged attention whose tasks work on many blocks at a time, and find them in the whole cache.

use pto_runtime::prelude::*;

use super::kernels::{pv_blocks, qk_blocks, softmax, update};

/// An AUTO scope for each tile.
#[orchestration]
pub(super) fn auto(
    query: In<f32>,
    key: In<f32>,
    value: In<f32>,
    table: In<i32>,
    out: InOut<f32>,
    groups: usize,
) {
    parallel_for!(0..query.dim(0), |tile| {
        scope!({
            let q = query.view([tile..tile + 1, ..]);
            let mut dst = out.view_mut([tile..tile + 1, ..]);
            let (mut o, mut l, mut m) = alloc!([1, 4], [1], [1]);
            for n in 0..groups {
                let s = qk_blocks(&q, &key, &table, out!([1, 4]), 64, n);
                let (p, mi, li) = softmax(&s, out!([1, 4]), out!([1]), out!([1]), 1.0);
                let o_n = pv_blocks(&p, &value, &table, out!([1, 4]), 64, n);
                update(
                    &mi,
                    &li,
                    &o_n,
                    &mut m,
                    &mut l,
                    &mut o,
                    &mut dst,
                    n == 0,
                    n + 1 == groups,
                );
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
    groups: usize,
) {
    parallel_for!(0..query.dim(0), |tile| {
        manual_scope!({
            let q = query.view([tile..tile + 1, ..]);
            let mut dst = out.view_mut([tile..tile + 1, ..]);
            let (mut o, mut l, mut m) = alloc!([1, 4], [1], [1]);
            for n in 0..groups {
                let s = qk_blocks(&q, &key, &table, out!([1, 4]), 64, n);
                let (p, mi, li) = softmax(&s, out!([1, 4]), out!([1]), out!([1]), 1.0);
                let o_n = pv_blocks(&p, &value, &table, out!([1, 4]), 64, n);
                update(
                    &mi,
                    &li,
                    &o_n,
                    &mut m,
                    &mut l,
                    &mut o,
                    &mut dst,
                    n == 0,
                    n + 1 == groups,
                );
            }
        });
    });
}
