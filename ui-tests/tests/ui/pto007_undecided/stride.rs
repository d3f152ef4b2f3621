#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn stride(x: In<f32>, y: InOut<f32>, n: usize, step: usize, tile: usize) {
    parallel_for!(0..n, |i| {
        update(&x, &mut y.view_mut([i * step..i * step + tile]));
    });
}

fn main() {}
