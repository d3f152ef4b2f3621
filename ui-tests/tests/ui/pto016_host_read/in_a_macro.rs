#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn in_a_macro(x: In<f32>, y: InOut<f32>) {
    let t = produce(&x, out!([8]));
    println!("{} {}", x[0], t[0]);
    let first = |i: usize| y[i];
    update(&t, &mut y);
}

fn main() {}
