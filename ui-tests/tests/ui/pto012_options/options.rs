#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn options(x: In<f32>, y: InOut<f32>) {
    #[task(nmae = first)]
    update(&x, &mut y);
    #[task(name = a, name = b)]
    update(&x, &mut y);
    #[task(name = "qk")]
    update(&x, &mut y);
    #[task(after = first)]
    update(&x, &mut y);
    #[task(after = [first()])]
    update(&x, &mut y);
    #[task(name)]
    update(&x, &mut y);
    #[task]
    update(&x, &mut y);
    #[unroll(0)]
    for i in 0..4 {
        update(&x.view([i..i + 1]), &mut y);
    }
}

fn main() {}
