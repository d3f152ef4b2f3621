#![deny(deprecated)]

#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn implied(x: In<f32>, y: InOut<f32>) {
    manual_scope!(deps(explicit), {
        #[task(name = first)]
        update(&x, &mut y);
        #[task(name = second, after = [first])]
        update(&x, &mut y);
        #[task(after = [first, second])]
        update(&x, &mut y);
    });
}

#[orchestration]
fn inferred(x: In<f32>, y: InOut<f32>) {
    manual_scope!({
        #[task(name = first)]
        update(&x, &mut y);
        #[task(after = [first])]
        update(&x, &mut y);
    });
}

#[orchestration]
#[allow(deprecated)]
fn silenced(x: In<f32>, y: InOut<f32>) {
    #[task(name = first)]
    update(&x, &mut y);
    #[task(after = [first])]
    update(&x, &mut y);
}

fn main() {}
