use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn rows(x: In<f32>, sums: InOut<f32>, width: usize) {
    parallel_for!(0..x.dim(0), |i| {
        let h = project(&x.view([i..i + 1]), out!([width]));
        add(&h, &mut sums.view_mut([i..i + 1]));
    });
}
