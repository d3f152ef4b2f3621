#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn leaves_parallel(x: In<f32>, y: InOut<f32>, n: usize) {
    'rows: for j in 0..n {
        parallel_for!(0..n, |i| {
            if i == 4 {
                return;
            }
            if i == 5 {
                break;
            }
            if i == j {
                continue 'rows;
            }
            update(&x, &mut y.view_mut([i..i + 1]));
        });
    }
}

fn main() {}
