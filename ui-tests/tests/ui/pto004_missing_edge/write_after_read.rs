#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn write_after_read(x: InOut<f32>, y: InOut<f32>) {
    manual_scope!(deps(explicit), {
        #[task(name = reader)]
        update(&x, &mut y);
        scale(&y, &mut x, 2.0);
    });
}

fn main() {}
