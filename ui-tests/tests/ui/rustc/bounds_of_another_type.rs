#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;
use std::ops::Mul;

/// Multiplies in a way no proof could foresee.
#[derive(Clone, Copy)]
struct Odd;

impl Mul<Odd> for usize {
    type Output = usize;
    fn mul(self, _: Odd) -> usize {
        0
    }
}

#[orchestration]
fn bounds(x: In<f32>, y: InOut<f32>, n: usize, odd: Odd) {
    parallel_for!(0..n, |i| {
        update(&x, &mut y.view_mut([i * odd..(i + 1) * odd]));
    });
}

fn main() {}
