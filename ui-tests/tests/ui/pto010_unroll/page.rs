use pto_runtime::prelude::*;

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn rows(x: In<f32>, sum: InOut<f32>) {
    #[unroll]
    for i in 0..x.dim(0) {
        add(&x.view([i..i + 1]), &mut sum);
    }
}

fn main() {}
