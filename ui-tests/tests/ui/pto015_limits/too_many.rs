#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn too_many(x: In<f32>, y: InOut<f32>) {
    huge(&x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &mut y);
}

#[kernel(aiv)]
fn huge(_y: InOut<f32>) {}

fn main() {}
