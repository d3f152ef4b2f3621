#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn types(x: In<i32>, y: InOut<f32>) {
    update(&x, &mut y);
    let _ = scale(&y, out!([4]), "two");
    let _ = scale(1.0, out!([4]), 2.0);
    let _ = scale(&y, out!([4]));
}

fn main() {}
