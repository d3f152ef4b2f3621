#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn through_another(x: In<f32>, y: InOut<f32>) {
    manual_scope!(deps(explicit), {
        #[task(name = a)]
        let s = produce(&x, out!([8]));
        #[task(name = b, after = [a])]
        let t = produce(&s, out!([8]));
        #[task(name = c, after = [b])]
        update(&t, &mut y);
        #[task(after = [c])]
        update(&s, &mut y);
    });
}

fn main() {}
