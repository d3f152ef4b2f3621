//! The vector example in the orchestration language.

use pto_runtime::prelude::*;

use crate::kernels::{add, add_scalar, mul};

/// `f = (c + 1) * (c + 2) + c` with `c = a + b`.
#[orchestration]
pub fn with_macros(a: In<f32>, b: In<f32>, f: InOut<f32>) {
    let n = a.len();
    let c = add(&a, &b, out!([n]));
    scope!({
        let d = add_scalar(&c, out!([n]), 1.0);
        let e = add_scalar(&c, out!([n]), 2.0);
        let g = mul(&d, &e, out!([n]));
        add(&g, &c, &mut f);
    });
}
