#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[kernel]
fn step(_x: In<f32>, _y: InOut<f32>) {}

#[orchestration]
fn used(x: In<f32>, y: InOut<f32>) {
    update(&x, &mut y);
    step(&x, &mut y);
}

fn main() {}
