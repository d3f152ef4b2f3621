use pto_runtime::prelude::*;

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn halves(x: In<f32>, sum: InOut<f32>, half: usize) {
    for i in 0..2 {
        add(&x.view([i * half..(i + 1) * half]), &mut sum);
    }
}
