#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn table(x: In<f32>, rows: In<i32>, y: InOut<f32>, n: usize) {
    parallel_for!(0..n, |i| {
        let row = rows[i] as usize;
        update(&x, &mut y.view_mut([row * 8..(row + 1) * 8]));
    });
}

fn main() {}
