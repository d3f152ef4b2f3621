#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn host_access(x: In<f32>, y: InOut<f32>) {
    update(&x, &mut y);
    if y.get(0) > 0.0 {
        update(&x, &mut y);
    }
    let both = y.get([0]) + y.view([1..2]).get([0]);
    let () = std::convert::identity(y.set(0, both));
    let lazy = || y.get(2);
}

fn main() {}
