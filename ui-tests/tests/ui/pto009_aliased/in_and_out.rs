#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn in_and_out(y: InOut<f32>) {
    let whole = y.view([..]);
    update(&whole, &mut y.view_mut([0..8]));
}

fn main() {}
