#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn arguments(x: In<f32>, y: InOut<f32>, n: usize) {
    scope!(update(&x, &mut y));
    manual_scope!(update(&x, &mut y));
    manual_scope!(deps(guess), { update(&x, &mut y) });
    manual_scope!(deps(explicit), fast, { update(&x, &mut y) });
    parallel_for!(0..n);
    parallel_for!(0..n, |i, j| update(&x, &mut y));
    let t = alloc!();
    let s = produce(&x, out!());
    update(&x.view(0..4, 2..8), &mut y);
}

fn main() {}
