use pto_runtime::prelude::*;

#[kernel(aiv)]
fn huge(_x: In<f32>, _y: InOut<f32>) {}

#[orchestration]
fn too_many(x: In<f32>, y: InOut<f32>) {
    huge(&x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x,
        &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &mut y);
    huge(&x, &mut y, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17);
}

fn main() {}
