#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn overlapping_tiles(x: In<f32>, y: InOut<f32>) {
    parallel_for!(0..16, |i| {
        update(&x, &mut y.view_mut([i * 8..i * 8 + 9]));
    });
}

fn main() {}
