#![deny(deprecated)]

#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn thrown_away(x: In<f32>, y: InOut<f32>) {
    produce(&x, out!([8]));
    alloc!(f32; [8]);
    let _ = produce(&x, out!([8]));
    update(&x, &mut y);
}

fn main() {}
