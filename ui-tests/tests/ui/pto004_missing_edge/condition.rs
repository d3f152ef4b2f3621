#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn condition(x: In<f32>, y: InOut<f32>) {
    manual_scope!(deps(explicit), {
        #[task(name = gate)]
        let gate = produce(&x, out!([8]));
        #[task(when = gate[3] > 0.0)]
        update(&x, &mut y);
    });
}

fn main() {}
