#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn read_after_write(x: In<f32>, y: InOut<f32>) {
    manual_scope!(deps(explicit), {
        #[task(name = first)]
        let t = produce(&x, out!([8]));
        update(&t, &mut y);
    });
}

fn main() {}
