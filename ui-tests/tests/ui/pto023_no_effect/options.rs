#![deny(deprecated)]

#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn options(x: In<f32>, y: InOut<f32>, n: usize) {
    #[unroll(1)]
    for _ in 0..n {
        #[task(after = [])]
        update(&x, &mut y);
    }
    manual_scope!({
        #[task(after = [later])]
        update(&x, &mut y);
        #[task(name = later)]
        update(&x, &mut y);
    });
}

#[orchestration]
fn idle(x: In<f32>, y: InOut<f32>, n: usize) {
    manual_scope!({
        let _ = n;
    });
    parallel_for!(0..n, |i| {
        let _ = i;
    });
    update(&x, &mut y);
}

#[orchestration]
fn known(x: In<f32>, y: InOut<f32>, n: usize) {
    parallel_for!(0..n, |i| {
        #[task(unsafe(disjoint(y by i)))]
        update(&x, &mut y.view_mut([i * 8..(i + 1) * 8]));
    });
}

fn main() {}
