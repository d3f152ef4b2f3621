#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn accumulator(x: In<f32>, y: InOut<f32>, n: usize) {
    parallel_for!(0..n, |i| {
        update(&x.view([i * 8..(i + 1) * 8]), &mut y);
    });
}

fn main() {}
