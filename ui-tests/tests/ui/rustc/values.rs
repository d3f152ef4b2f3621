#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn moved(x: In<f32>, y: InOut<f32>) {
    let mut v = Vec::new();
    let t = produce(&x, out!([8]));
    v.push(t);
    update(&t, &mut y);
}

#[orchestration]
fn shared(x: In<f32>, y: InOut<f32>) {
    let mut t = produce(&x, out!([8]));
    let r = &t;
    t = produce(&x, out!([8]));
    update(r, &mut y);
}

#[orchestration]
fn mode(x: In<f32>, y: InOut<f32>) {
    let mut v = vec![produce(&x, out!([8]))];
    for t in &mut v {
        update(t, &mut y);
    }
}

fn main() {}
