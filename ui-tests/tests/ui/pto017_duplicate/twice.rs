#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn twice(x: In<f32>, y: InOut<f32>) {
    #[task(name = step)]
    update(&x, &mut y);
    #[task(name = step)]
    update(&x, &mut y);
}

fn main() {}
