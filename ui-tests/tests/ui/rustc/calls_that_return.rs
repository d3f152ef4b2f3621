#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn layer(x: In<f32>) -> Tensor<f32> {
    produce(&x, out!([8]))
}

#[orchestration]
fn nothing(x: In<f32>, y: InOut<f32>) {
    update(&x, &mut y);
}

#[orchestration]
fn other_numbers(x: In<f32>, y: InOut<f32>) {
    let (a, b) = call!(layer(&x));
    update(&a, &mut y);
    update(&b, &mut y);
    let c = call!(nothing(&x, &mut y));
    update(&c, &mut y);
}

fn main() {
    let x = Tensor::full([8], 1.0_f32);
    Runtime::new().unwrap().run(layer(&x)).unwrap();
}
