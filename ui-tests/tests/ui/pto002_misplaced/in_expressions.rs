#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn in_expressions(x: In<f32>, y: InOut<f32>, n: usize) {
    let a = n + out!([4]);
    let later = || scope!({ update(&x, &mut y) });
    let b = [parallel_for!(0..n, |i| {})];
    println!("{}", alloc!([4]).dim(0));
    update(&x, &mut y);
}

fn main() {}
