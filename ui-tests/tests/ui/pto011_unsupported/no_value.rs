#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn no_value(x: In<f32>, y: InOut<f32>, first: bool) {
    let t;
    if first {
        t = produce(&x, out!([8]));
    } else {
        update(&t, &mut y);
    }
}

fn main() {}
