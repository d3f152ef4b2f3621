#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn host_access(x: In<f32>, y: InOut<f32>) {
    update(&x, &mut y);
    #[task(name = first)]
    let first = y.get(0);
    y.set(0);
    let second = y.get(0, first);
}

fn main() {}
