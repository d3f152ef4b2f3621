use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn shifted(y: InOut<f32>, n: usize) {
    let before = project(&y.view([0..n - 1]), out!([n - 1]));
    add(&before, &mut y.view_mut([1..n]));
}
