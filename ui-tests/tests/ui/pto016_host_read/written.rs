#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn written(x: In<f32>, y: InOut<f32>) {
    update(&x, &mut y);
    if y[0] > 0.0 {
        update(&x, &mut y);
    }
}

fn main() {}
