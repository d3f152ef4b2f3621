#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn mixed_tasks(x: In<f32>, y: InOut<f32>, n: usize, m: usize) {
    mixed!(produce(&x, &mut y), update(&y, &mut y.view_mut([0..0])));
    #[task(name = parts)]
    mixed!(
        update(&x, &mut y.view_mut([0..n])),
        scale(&x, &mut y.view_mut([m..m + n]), 2.0)
    );
    mixed!(
        update(&x, &mut y.view_mut([0..n])),
        scale(&x, &mut y.view_mut([n..n + m]), 2.0)
    );
}

fn main() {}
