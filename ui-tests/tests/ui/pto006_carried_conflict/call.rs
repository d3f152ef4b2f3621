#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn layer(x: In<f32>, y: InOut<f32>) {
    update(&x, &mut y);
}

#[orchestration]
fn all_of_it(x: In<f32>, y: InOut<f32>, n: usize) {
    parallel_for!(0..n, |_i| {
        call!(layer(&x, &mut y));
    });
}

fn main() {}
