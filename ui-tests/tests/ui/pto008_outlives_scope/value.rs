#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn value(x: In<f32>, y: InOut<f32>) {
    let t = manual_scope!({ produce(&x, out!([8])) });
    update(&t, &mut y);
}

fn main() {}
