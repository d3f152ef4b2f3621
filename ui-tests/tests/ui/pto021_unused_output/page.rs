#![deny(deprecated)]

use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn layer(x: In<f32>, sum: InOut<f32>, width: usize) {
    project(&x, out!([width]));
    add(&x, &mut sum);
}

fn main() {}
