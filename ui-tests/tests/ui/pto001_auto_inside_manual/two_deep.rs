#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn two_deep(x: In<f32>, y: InOut<f32>) {
    manual_scope!(deps(explicit), {
        manual_scope!({
            for _ in 0..4 {
                scope!({ update(&x, &mut y) });
            }
        });
    });
}

fn main() {}
