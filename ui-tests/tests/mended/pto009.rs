use pto_runtime::prelude::*;

#[kernel(aic)]
fn copy(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn doubled(y: InOut<f32>, n: usize) {
    let head = copy(&y.view([0..n]), out!([n]));
    add(&head, &mut y);
}
