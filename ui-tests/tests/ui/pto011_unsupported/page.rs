use pto_runtime::prelude::*;

#[kernel(aiv)]
fn scale(_x: In<f32>, _y: Out<f32>, _factor: f32) {}

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn multiples(x: In<f32>, sum: InOut<f32>, n: usize) {
    let scaled: Vec<_> = (0..n).map(|i| scale(&x, out!([8]), i as f32)).collect();
    for part in &scaled {
        add(part, &mut sum);
    }
}

fn main() {}
