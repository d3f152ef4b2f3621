// A tensor that a macro passes in the place of a value would not be seen by the analysis.
#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn hidden(x: In<f32>, y: InOut<f32>) {
    macro_rules! hidden {
        () => {
            pto_runtime::write(&mut y)
        };
    }
    manual_scope!({
        update(&x, hidden!());
        update(&x, &mut y);
    });
}

fn main() {}
