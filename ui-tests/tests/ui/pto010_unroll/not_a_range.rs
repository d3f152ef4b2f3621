#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn not_a_range(x: In<f32>, y: InOut<f32>, z: InOut<f32>, n: usize) {
    #[unroll(4)]
    for i in [1_usize, 2, 3] {
        update(&x.view([i..i + 1]), &mut y);
    }
    #[unroll(4)]
    for (mut i) in 0..n {
        update(&x.view([i..i + 1]), &mut y);
    }
    #[unroll(4)]
    parallel_for!(0..n, |i| {
        update(&x, &mut z.view_mut([i..i + 1]));
    });
}

fn main() {}
