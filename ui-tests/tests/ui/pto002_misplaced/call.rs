#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn layer(x: In<f32>, y: InOut<f32>) {
    update(&x, &mut y);
}

#[orchestration]
fn created(x: In<f32>) {
    call!(layer(&x, out!([8])));
}

#[orchestration]
fn in_an_expression(x: In<f32>, y: InOut<f32>) {
    std::mem::drop(call!(layer(&x, &mut y)));
}

fn main() {
    call!(layer());
}
