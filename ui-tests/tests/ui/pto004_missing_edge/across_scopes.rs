#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn across_scopes(x: In<f32>, y: InOut<f32>) {
    let t = produce(&x, out!([8]));
    manual_scope!(deps(explicit), {
        update(&t, &mut y);
    });
}

fn main() {}
