#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn array_index(x: In<f32>, y: InOut<f32>) {
    let ts = [produce(&x, out!([8])), produce(&x, out!([8]))];
    update(&ts[2], &mut y);
}

fn main() {}
