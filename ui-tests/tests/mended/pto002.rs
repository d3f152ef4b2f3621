use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn layers(x: In<f32>, sum: InOut<f32>, width: usize, count: usize) {
    for _ in 0..count {
        #[task(name = layer)]
        let y = project(&x, out!([width]));
        add(&y, &mut sum);
    }
}
