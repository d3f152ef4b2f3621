#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn never_named(x: In<f32>, y: InOut<f32>) {
    #[task(after = [barrier])]
    update(&x, &mut y);
}

fn main() {}
