#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn leaves_parallel(x: In<f32>, y: InOut<f32>, n: usize) {
    parallel_for!(0..n, |i| {
        if i == 4 {
            return;
        }
        update(&x, &mut y.view_mut([i..i + 1]));
    });
}

fn main() {}
