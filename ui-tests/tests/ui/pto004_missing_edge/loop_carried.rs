#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn loop_carried(x: In<f32>, y: InOut<f32>, n: usize) {
    manual_scope!(deps(explicit), {
        for i in 0..n {
            #[task(name = step)]
            update(&x.view([i * 8..(i + 1) * 8]), &mut y);
        }
    });
}

fn main() {}
