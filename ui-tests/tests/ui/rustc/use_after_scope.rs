#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn use_after_scope(x: In<f32>, y: InOut<f32>) {
    scope!({
        let t = produce(&x, out!([8]));
    });
    update(&t, &mut y);
}

fn main() {}
