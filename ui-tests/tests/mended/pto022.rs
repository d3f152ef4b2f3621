use pto_runtime::prelude::*;

#[kernel(aiv)]
fn add(_x: In<f32>, _sum: InOut<f32>) {}

#[kernel(aiv)]
fn clear(_sum: Out<f32>) {}

#[orchestration]
fn layer(x: In<f32>, sum: InOut<f32>, width: usize) {
    let mut partial = alloc!(f32; [width]);
    clear(&mut partial);
    add(&x, &mut partial);
    add(&partial, &mut sum);
}
