use pto_runtime::prelude::*;

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn halves(x: In<f32>, sum: InOut<f32>, half: usize) {
    let parts = [x.view([0..half]), x.view([half..2 * half])];
    for part in parts {
        add(&part, &mut sum);
    }
}

fn main() {}
