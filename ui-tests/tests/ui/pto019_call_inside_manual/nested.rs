#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn layer(x: In<f32>, y: InOut<f32>) {
    update(&x, &mut y);
}

#[orchestration]
fn inside(x: In<f32>, y: InOut<f32>) {
    manual_scope!({
        update(&x, &mut y);
        manual_scope!(deps(explicit), {
            call!(layer(&x, &mut y));
        });
    });
}

fn main() {}
