#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn layer(x: In<f32>, y: InOut<f32>) {
    update(&x, &mut y);
}

#[orchestration]
fn twice(y: InOut<f32>) {
    call!(layer(&y.view([0..4]), &mut y.view_mut([3..7])));
}

fn main() {}
