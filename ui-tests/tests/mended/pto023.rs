use pto_runtime::prelude::*;

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[orchestration]
fn layer(x: In<f32>, sum: InOut<f32>, width: usize) {
    let _tiles = width / 64;
    for _ in 0..width {
        add(&x, &mut sum);
    }
    add(&x, &mut sum);
    add(&x, &mut sum);
}
