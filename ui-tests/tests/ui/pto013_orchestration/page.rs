use pto_runtime::prelude::*;

#[kernel(aic)]
fn project(_x: In<f32>, _y: Out<f32>) {}

#[orchestration]
fn layers(x: In<f32>, width: usize) -> Out<f32> {
    let h = project(&x, out!([width]));
    let y = project(&h, out!([width]));
    return y;
}

fn main() {}
