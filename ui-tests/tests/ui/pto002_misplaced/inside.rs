#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn inside(x: In<f32>, y: InOut<f32>) {
    let a = out!([4]);
    let b = Some(alloc!([4]));
    #[task(name = nothing)]
    let c = 4;
    #[unroll(4)]
    let d = c + 1;
    update(&x, &mut y);
}

fn main() {}
