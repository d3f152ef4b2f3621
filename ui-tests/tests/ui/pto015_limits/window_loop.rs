#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration(window = 64)]
fn window_loop(x: In<f32>, y: InOut<f32>) {
    manual_scope!({
        for i in 0..40 {
            let t = produce(&x.view([i * 8..(i + 1) * 8]), out!([8]));
            update(&t, &mut y);
        }
    });
}

fn main() {}
