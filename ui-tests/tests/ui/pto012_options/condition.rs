#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn conditions(x: In<f32>, y: InOut<f32>, n: usize) {
    #[task(when = x[0] > 0.0)]
    let t = produce(&x, out!([8]));
    #[task(when = n > 0)]
    update(&t, &mut y);
    #[task(when = 0.0 < x[0])]
    update(&t, &mut y);
    #[task(when = x[0] > 0.0)]
    let s = alloc!(f32; [8]);
    #[task(when = x[0] > 0.0)]
    barrier!(&mut y);
    #[task(when = x[0] > 0.0)]
    y.set(0, 1.0);
    #[task(when = x[0] > 0.0)]
    let t = mixed!(produce(&x, out!([8])), update(&x, &mut y));
}

fn main() {}
