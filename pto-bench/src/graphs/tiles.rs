//! Products and sums of tiles.

use pto_runtime::prelude::*;

use super::kernels::{accumulate, add, gemm};

/// Groups of `grid` products, each added to the group's sum.
#[orchestration]
pub(super) fn bgemm_auto(a: In<f32>, b: In<f32>, c: InOut<f32>, grid: usize) {
    for group in 0..c.dim(0) {
        scope!({
            let mut sum = c.view_mut([group..group + 1]);
            for k in 0..grid {
                let at = group * grid + k;
                let product = gemm(&a.view([at..at + 1]), &b.view([at..at + 1]), out!([1, 1]));
                accumulate(&product, &mut sum);
            }
        });
    }
}

/// The same in MANUAL scopes.
#[orchestration]
pub(super) fn bgemm_manual(a: In<f32>, b: In<f32>, c: InOut<f32>, grid: usize) {
    for group in 0..c.dim(0) {
        manual_scope!({
            let mut sum = c.view_mut([group..group + 1]);
            for k in 0..grid {
                let at = group * grid + k;
                let product = gemm(&a.view([at..at + 1]), &b.view([at..at + 1]), out!([1, 1]));
                accumulate(&product, &mut sum);
            }
        });
    }
}

/// A product and a sum in turn, all of tiles of their own.
#[orchestration]
pub(super) fn alternating_auto(a: In<f32>, b: In<f32>, c: InOut<f32>, z: InOut<f32>) {
    for i in 0..c.dim(0) {
        let (x, y) = (a.view([i..i + 1]), b.view([i..i + 1]));
        gemm(&x, &y, &mut c.view_mut([i..i + 1]));
        add(&x, &y, &mut z.view_mut([i..i + 1]));
    }
}

/// The same in a MANUAL scope.
#[orchestration]
pub(super) fn alternating_manual(a: In<f32>, b: In<f32>, c: InOut<f32>, z: InOut<f32>) {
    manual_scope!({
        for i in 0..c.dim(0) {
            let (x, y) = (a.view([i..i + 1]), b.view([i..i + 1]));
            gemm(&x, &y, &mut c.view_mut([i..i + 1]));
            add(&x, &y, &mut z.view_mut([i..i + 1]));
        }
    });
}
