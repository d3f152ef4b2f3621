use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn layer(x: In<f32>, sum: InOut<f32>, width: usize) {
    let y = project(&x, out!([width]));
    add(&y, &mut sum);
}

#[orchestration]
fn layers(x: In<f32>, sum: InOut<f32>, width: usize, count: usize) {
    manual_scope!({
        add(&x, &mut sum);
        for _ in 0..count {
            call!(layer(&x, &mut sum, width));
        }
    });
}

fn main() {}
