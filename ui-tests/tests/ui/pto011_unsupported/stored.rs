#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

struct Pair<T> {
    left: T,
}

#[orchestration]
fn stored<T>(x: In<f32>, y: InOut<f32>, mut pair: Pair<T>, mut list: [T; 2]) {
    pair.left = x.view([0..8]);
    list[0] = produce(&x, out!([8]));
    let Pair { left } = produce(&x, out!([8]));
    let [a, b] = alloc!([8], [8]);
    update(&x, &mut y);
}

fn main() {}
