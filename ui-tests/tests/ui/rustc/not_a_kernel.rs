#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

fn plain(_x: f32) {}

#[orchestration]
fn not_a_kernel(x: In<f32>, y: InOut<f32>) {
    plain(&x);
    update(&x, &mut y);
}

fn main() {}
