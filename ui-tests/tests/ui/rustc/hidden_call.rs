// What the condition of a task computes is done before there is a call that it could exchange.
#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

macro_rules! exchange {
    ($call:ident, $x:expr) => {
        $call = $x
    };
}

#[orchestration]
fn hidden(x: In<f32>, gate: In<f32>, y: InOut<f32>) {
    manual_scope!({
        update(&x, &mut y);
        #[task(when = gate[0] > {
            exchange!(__call, unreachable!());
            0.0
        })]
        update(&x, &mut y);
    });
}

fn main() {}
