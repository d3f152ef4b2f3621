#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn jumps(x: In<f32>, y: InOut<f32>, n: Option<usize>) {
    for i in 0..4 {
        let at = n.unwrap_or({ break });
        let end = match n {
            Some(n) => n,
            None => return,
        };
        update(&x.view([at..end]), &mut y);
    }
}

fn main() {}
