//! A MANUAL scope for each block as well, whose edges are written by hand, and checked.

use pto_runtime::prelude::*;

use crate::kernels::*;

/// [`explicit`](crate::orchestrations::explicit()) for rings that do not hold a whole tile.
///
/// The scope of a block ends before its tasks are done, so the update also has to keep what the softmax made.
#[orchestration]
pub fn explicit(
    query: In<bf16>,
    key: In<bf16>,
    value: In<bf16>,
    table: In<i32>,
    lens: In<i32>,
    out: InOut<f32>,
    scale: f32,
    heads: usize,
    tile_rows: usize,
    block: usize,
) {
    let dim = query.dim(1);
    parallel_for!(0..query.dim(0) / tile_rows, |tile| {
        manual_scope!(deps(explicit), {
            let batch = tile * tile_rows / heads;
            let context = lens[batch] as usize;
            let blocks = context.div_ceil(block);
            let q = query.view([tile * tile_rows..(tile + 1) * tile_rows, ..]);
            let mut dst = out.view_mut([tile * tile_rows..(tile + 1) * tile_rows, ..]);
            #[task(name = scratch)]
            let (mut o, mut l, mut m) = alloc!([tile_rows, dim], [tile_rows], [tile_rows]);
            for n in 0..blocks {
                manual_scope!(deps(explicit), {
                    let at = table[[batch, n]] as usize * block;
                    let valid = block.min(context - n * block);
                    #[task(name = qk)]
                    let s = qk_matmul(
                        &q,
                        &key.view([at..at + block, ..]),
                        out!([tile_rows, block]),
                    );
                    #[task(name = softmax, after = [qk])]
                    let (p, mi, li) = softmax_prepare(
                        &s.view([.., ..valid]),
                        out!([tile_rows, block]),
                        out!([tile_rows]),
                        out!([tile_rows]),
                        scale,
                    );
                    #[task(name = pv, after = [softmax])]
                    let o_n = pv_matmul(
                        &p,
                        &value.view([at..at + block, ..]),
                        out!([tile_rows, dim]),
                    );
                    #[task(name = update, after = [softmax, pv, update, scratch])]
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
