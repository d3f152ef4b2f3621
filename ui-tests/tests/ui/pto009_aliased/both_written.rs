#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[kernel(aiv)]
fn swap(_a: InOut<f32>, _b: InOut<f32>) {}

#[orchestration]
fn both_written(x: In<f32>, y: InOut<f32>, n: usize) {
    let mut left = y.view_mut([0..n + 1]);
    swap(&mut left, &mut y.view_mut([n..2 * n]));
    update(&x, &mut y);
}

fn main() {}
