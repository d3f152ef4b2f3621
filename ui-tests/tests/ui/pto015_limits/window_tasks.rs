#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration(windows = [4, 8, 8, 8])]
fn window_tasks(x: In<f32>, y: InOut<f32>, fast: bool) {
    let mut scratch = alloc!([8]);
    update(&x, &mut scratch);
    if fast {
        update(&x, &mut y);
    } else {
        scale(&x, &mut scratch, 2.0);
        update(&scratch, &mut y);
    }
    update(&scratch, &mut y);
}

fn main() {}
