use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[orchestration]
fn layers(x: In<f32>, y: Out<f32>, width: usize) {
    let h = project(&x, out!([width]));
    project(&h, &mut y);
}
