#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn in_a_macro(x: In<f32>, y: InOut<f32>) {
    println!("{:?}", x.view([0..1]));
    assert!(y == x);
    update(&x, &mut y);
}

fn main() {}
