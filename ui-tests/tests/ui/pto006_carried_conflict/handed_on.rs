#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn handed_on(x: In<f32>, y: InOut<f32>, n: usize) {
    let mut t = produce(&x, out!([8]));
    parallel_for!(0..n, |_i| {
        t = produce(&t, out!([8]));
    });
    update(&t, &mut y);
}

fn main() {}
