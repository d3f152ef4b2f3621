use pto_runtime::prelude::*;

#[kernel(aiv)]
fn norm(x: In<f32>, mut y: Out<f32>) {
    y.set(0, (0..x.len()).map(|i| x.get(i) * x.get(i)).sum());
}

#[orchestration]
fn norms(x: In<f32>, y: InOut<f32>) {
    norm(&x, &mut y);
}
