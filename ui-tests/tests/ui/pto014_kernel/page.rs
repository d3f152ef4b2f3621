use pto_runtime::prelude::*;

#[kernel]
fn norm(x: In<f32>) -> f32 {
    (0..x.len()).map(|i| x.get(i) * x.get(i)).sum()
}

#[orchestration]
fn norms(x: In<f32>, y: InOut<f32>) {
    norm(&x);
}

fn main() {}
