// Each mistake is reported once, and nothing that follows from it.

#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn five_mistakes(x: In<f32>, y: InOut<f32>, z: InOut<f32>, w: InOut<f32>, n: usize) {
    #[task(after = [produced])]
    update(&x, &mut y);

    update(&z, &mut z);

    parallel_for!(0..n, |_i| {
        update(&x, &mut y);
    });

    #[unroll]
    for _ in 0..n {
        update(&x, &mut z);
    }

    manual_scope!(deps(explicit), {
        let t = produce(&x, out!([8]));
        update(&t, &mut w);
    });
}

fn main() {}
