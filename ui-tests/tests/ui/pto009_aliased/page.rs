use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn shifted(y: InOut<f32>, n: usize) {
    let mut body = y.view_mut([1..n]);
    add(&y.view([0..n - 1]), &mut body);
}

fn main() {}
