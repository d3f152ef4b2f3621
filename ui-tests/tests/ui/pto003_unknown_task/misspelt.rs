#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn misspelt(x: In<f32>, y: InOut<f32>) {
    manual_scope!(deps(explicit), {
        #[task(name = first)]
        update(&x, &mut y);
        #[task(after = [frist])]
        update(&x, &mut y);
    });
}

fn main() {}
