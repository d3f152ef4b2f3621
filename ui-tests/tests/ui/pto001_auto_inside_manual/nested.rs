#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn nested(x: In<f32>, y: InOut<f32>) {
    manual_scope!({
        update(&x, &mut y);
        scope!({
            update(&x, &mut y);
        });
    });
}

fn main() {}
