use pto_runtime::prelude::*;

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn ragged(x: In<f32>, lens: InOut<u32>, sum: InOut<f32>) {
    for i in 0..x.dim(0) {
        let len = lens.get(i);
        add(&x.view([i..i + 1, 0..len as usize]), &mut sum);
    }
}
