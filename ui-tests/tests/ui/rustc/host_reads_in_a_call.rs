#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn ragged(x: In<f32>, lens: In<i32>, y: InOut<f32>) {
    for _ in 0..lens[0] {
        update(&x, &mut y);
    }
}

#[orchestration]
fn computed(x: In<f32>, lens: In<i32>, y: InOut<f32>) {
    call!(ragged(&x, &lens.view([1..]), &mut y));
    call!(ragged(&x, &lens, &mut y));
}

fn main() {}
