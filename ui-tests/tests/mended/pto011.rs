use pto_runtime::prelude::*;

#[kernel(aiv)]
fn scale(_x: In<f32>, _y: Out<f32>, _factor: f32) {}

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn multiples(x: In<f32>, sum: InOut<f32>, n: usize) {
    let mut scaled = Vec::new();
    for i in 0..n {
        scaled.push(scale(&x, out!([8]), i as f32));
    }
    for part in &scaled {
        add(part, &mut sum);
    }
}
