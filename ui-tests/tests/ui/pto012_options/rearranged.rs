#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn rearranged(x: In<f32>, y: InOut<f32>) {
    update(&x.permute([0, 0]), &mut y);
    update(&x.transpose(0), &mut y);
    update(&x, &mut y.slice_mut(0..4));
    update(&x.reshape(4, 4), &mut y);
}

fn main() {}
