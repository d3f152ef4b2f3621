#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn assigned(x: In<f32>, y: InOut<f32>) {
    let mut t = produce(&x, out!([8]));
    scope!({
        t = produce(&x, out!([8]));
    });
    update(&t, &mut y);
}

fn main() {}
