#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn element(x: In<f32>, n: usize, at: &[usize]) {
    let mut v = Vec::new();
    for _ in 0..n {
        v.push(produce(&x, out!([8])));
    }
    parallel_for!(0..n, |i| {
        update(&x, &mut v[at[i]]);
    });
}

fn main() {}
