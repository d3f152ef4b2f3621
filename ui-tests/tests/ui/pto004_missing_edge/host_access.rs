#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn host_access(x: In<f32>, y: InOut<f32>) {
    manual_scope!(deps(explicit), {
        let mut t = produce(&x, out!([8]));
        let first = t.get(0);
        #[task(name = reader)]
        update(&t, &mut y);
        t.set([1], first);
        #[task(after = [reader])]
        let second = y.get(0);
        t.set([0], second);
    });
}

fn main() {}
