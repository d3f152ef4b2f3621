#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn barriers(x: In<f32>, y: InOut<f32>, n: usize) {
    update(&x, &mut y);
    barrier!();
    barrier!(y);
    barrier!(&x, n);
    let t = barrier!(out!([8]));
    #[task(blocks = n, sync_start)]
    barrier!(&mut y);
}

fn main() {}
