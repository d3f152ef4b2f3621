#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn around_a_loop(x: In<f32>, y: InOut<f32>) {
    let mut t = produce(&x, out!([8]));
    for _ in 0..4 {
        manual_scope!({
            t = produce(&t, out!([8]));
            update(&t, &mut y);
        });
    }
}

fn main() {}
