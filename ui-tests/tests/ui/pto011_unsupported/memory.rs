#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn moved(x: In<f32>, y: InOut<f32>) {
    let mut a = produce(&x, out!([8]));
    let mut v = vec![produce(&x, out!([8])), produce(&x, out!([8]))];
    std::mem::swap(&mut a, &mut v[0]);
    let old = std::mem::replace(&mut a, produce(&x, out!([8])));
    let taken = std::mem::take(&mut a);
    let (r, s) = (&mut a, &mut y);
    core::mem::swap(r, s);
}

fn main() {}
