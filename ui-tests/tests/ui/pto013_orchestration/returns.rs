#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn another_type(x: In<f32>) -> f32 {
    1.0
}

#[orchestration]
fn a_parameter(x: In<f32>, y: InOut<f32>) -> Tensor<f32> {
    update(&x, &mut y);
    y
}

#[orchestration]
fn the_same_twice(x: In<f32>, first: bool) -> (Tensor<f32>, Tensor<f32>) {
    let a = produce(&x, out!([8]));
    let b = produce(&x, out!([8]));
    let c = if first { a } else { b };
    (c, b)
}

#[orchestration]
fn nothing(x: In<f32>) -> Tensor<f32> {
    let _t = produce(&x, out!([8]));
}

#[orchestration]
fn too_few(x: In<f32>, early: bool) -> (Tensor<f32>, Tensor<f32>) {
    let t = produce(&x, out!([8]));
    if early {
        return t;
    }
    (t, produce(&x, out!([8])))
}

#[orchestration]
fn an_empty_return(x: In<f32>, early: bool) -> Tensor<f32> {
    if early {
        return;
    }
    produce(&x, out!([8]))
}

#[orchestration]
fn undeclared(x: In<f32>) {
    let t = produce(&x, out!([8]));
    return t;
}

fn main() {}
