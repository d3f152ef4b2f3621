#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn two_of_three(x: In<f32>, y: InOut<f32>) {
    manual_scope!(deps(explicit), {
        #[task(name = a)]
        let s = produce(&x, out!([8]));
        let t = produce(&s, out!([8]));
        #[task(after = [a])]
        update(&t, &mut y);
    });
}

fn main() {}
