#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn bounds(x: In<f32>, y: InOut<f32>, n: usize) {
    #[unroll]
    for i in 0..n {
        update(&x.view([i..i + 1]), &mut y);
    }
    #[unroll]
    for i in 0..65 {
        update(&x.view([i..i + 1]), &mut y);
    }
    #[unroll(4)]
    for i in 0.. {
        update(&x.view([i..i + 1]), &mut y);
    }
    #[unroll(4)]
    for i in 0..=n {
        update(&x.view([i..i + 1]), &mut y);
    }
}

fn main() {}
