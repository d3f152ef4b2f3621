#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn options(x: In<f32>, y: InOut<f32>) {
    #[task(nmae = first)]
    update(&x, &mut y);
    #[task(after = first)]
    update(&x, &mut y);
    #[task]
    update(&x, &mut y);
    manual_scope!(deps(guess), { update(&x, &mut y) });
    parallel_for!(0..4);
    scope!(update(&x, &mut y));
    let t = alloc!();
}

fn main() {}
