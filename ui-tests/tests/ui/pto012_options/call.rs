#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn layer(x: In<f32>, y: InOut<f32>) {
    update(&x, &mut y);
}

#[orchestration]
fn options(x: In<f32>, y: InOut<f32>) {
    #[task(name = first)]
    call!(layer(&x, &mut y));
    call!(layer);
    call!({ layer(&x, &mut y) });
}

fn main() {}
