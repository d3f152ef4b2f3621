#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn cannot_follow(x: In<f32>, y: InOut<f32>) {
    let kept = Some(x);
    let boxed = Box::new(&y);
    let late = move || update(&x, &mut y);
    update(x, &mut y);
    update(&produce(&x, out!([8])), &mut y);
    (if kept { update } else { update })(&x, &mut y);
}

fn main() {}
