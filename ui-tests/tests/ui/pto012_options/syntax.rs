#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn syntax(x: In<f32>, y: InOut<f32>, n: usize) {
    manual_scope!(deps(explicit), {
        #[task(name = first)]
        update(&x, &mut y)
        #[task(after = [first])]
        update(&x, &mut y);
    });
    parallel_for!(0..n, |i| {
        update(&x.view([i..]), &mut y.view_mut([i..i + 1])) +;
    });
    let t = alloc!(f32; [n], =);
    #[task(after = [first])]
    update(&x, &mut y);
}

fn main() {}
