#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;
use pto_runtime::{Call, Write};

struct forged {}

impl forged {
    fn call<'s>(y: Write<'s, f32>) -> Call<'s, 1, 0> {
        unimplemented!()
    }
}

#[orchestration]
fn forged_kernel(x: In<f32>, y: InOut<f32>) {
    update(&x, &mut y);
    forged(&mut y);
}

fn main() {}
