use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn layer(x: In<f32>, sum: InOut<f32>, width: usize) {
    let last = manual_scope!({
        let h = project(&x, out!([width]));
        project(&h, out!([width]))
    });
    add(&last, &mut sum);
}

fn main() {}
