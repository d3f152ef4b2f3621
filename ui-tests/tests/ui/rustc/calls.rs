#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn layer(x: In<f32>, y: InOut<f32>, z: Out<f32>, n: usize) {
    for _ in 0..n {
        update(&x, &mut y);
    }
    update(&x, &mut z);
}

#[orchestration]
fn without_call(x: In<f32>, y: InOut<f32>, z: InOut<f32>) {
    layer(&x, &mut y, &mut z, 1);
}

#[orchestration]
fn of_a_kernel(x: In<f32>, y: InOut<f32>) {
    call!(update(&x, &mut y));
}

#[orchestration]
fn modes(x: In<f32>, i: In<i32>, y: InOut<f32>, z: InOut<f32>, w: InOut<f32>) {
    call!(layer(&mut y, &mut z, &mut w, 1));
    call!(layer(&x, &y, &z, 1));
    call!(layer(&i, &mut y, &mut z, 1));
    call!(layer(&x, &mut y, &mut z, 1.0));
    call!(layer(&x, &mut y, &mut z));
    call!(layer(&x, 1, &mut z, &y));
}

fn main() {}
