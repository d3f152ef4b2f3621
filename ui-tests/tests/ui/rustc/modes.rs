#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn modes(x: In<f32>, y: InOut<f32>, z: InOut<f32>) {
    update(&mut y, &mut z);
    update(&x, &z);
    update(&y, &mut x);
}

fn main() {}
