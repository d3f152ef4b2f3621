//! Tasks that have nothing to do with each other, and tasks that each wait for the one before.

use pto_runtime::prelude::*;

use super::kernels::{make, step};

/// Every task reads the input and makes a tensor.
#[orchestration]
pub(super) fn independent_auto(x: In<f32>, tasks: usize) {
    scope!({
        for _ in 0..tasks {
            let _made = make(&x, out!([1]));
        }
    });
}

/// Every task reads the input and makes a tensor.
#[orchestration]
pub(super) fn independent_manual(x: In<f32>, tasks: usize) {
    manual_scope!({
        for _ in 0..tasks {
            let _made = make(&x, out!([1]));
        }
    });
}

/// Every task updates the tensor.
#[orchestration]
pub(super) fn chain_auto(x: InOut<f32>, tasks: usize) {
    scope!({
        for _ in 0..tasks {
            step(&mut x);
        }
    });
}

/// Every task updates the tensor.
#[orchestration]
pub(super) fn chain_manual(x: InOut<f32>, tasks: usize) {
    manual_scope!({
        for _ in 0..tasks {
            step(&mut x);
        }
    });
}

/// Every task updates the tensor, sixteen to a turn of the loop.
#[orchestration]
pub(super) fn chain_unrolled(x: InOut<f32>, tasks: usize) {
    manual_scope!({
        #[unroll(16)]
        for _ in 0..tasks {
            step(&mut x);
        }
    });
}
