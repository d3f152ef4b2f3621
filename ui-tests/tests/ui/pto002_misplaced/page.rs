use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn layers(x: In<f32>, sum: InOut<f32>, width: usize, count: usize) {
    #[task(name = layer)]
    for _ in 0..count {
        let mut y = out!([width]);
        project(&x, &mut y);
        add(&y, &mut sum);
    }
}

fn main() {}
