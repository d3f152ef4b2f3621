#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn five_independent_mistakes(x: In<f32>, y: InOut<f32>, n: usize) {
    let t = manual_scope!({
        scope!({ update(&x, &mut y) });
        produce(&x, out!([8]))
    });
    update(&t, &mut y);
    parallel_for!(0..n, |i| {
        update(&x.view([i..i + 1]), &mut y);
    });
    #[task(after = [nobody])]
    update(&y.view([..]), &mut y);
}

fn main() {}
