#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

unsafe fn factor() -> f32 {
    2.0
}

#[orchestration]
fn unsafe_argument(x: In<f32>, y: InOut<f32>) {
    manual_scope!({
        let t = scale(&x, out!([8]), factor());
        scale(&t, &mut y, factor());
    });
}

fn main() {}
