#![deny(deprecated)]

#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn reads_scratch(x: In<f32>, y: InOut<f32>) {
    let mut sums = alloc!(f32; [8]);
    update(&sums, &mut y);
    update(&x, &mut sums);
}

fn main() {}
