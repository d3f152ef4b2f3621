#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn host_access(x: In<f32>, y: InOut<f32>, n: usize) {
    parallel_for!(0..n, |i| {
        update(&x, &mut y.view_mut([i..i + 1]));
        let next = y.get(i + 1);
        y.set(i, next);
    });
}

fn main() {}
