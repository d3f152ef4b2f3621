//! The kernels: the arithmetic of [`maths`] behind task arguments.

// The macro wraps each function in items with the same signature, which have as many parameters as it takes.
#![allow(clippy::too_many_arguments)]

use pto_runtime::prelude::*;

use crate::maths;
use crate::views::{elements, elements_mut};

/// Scores of a query tile against one block of keys: `s = q kᵀ`.
#[kernel(aic)]
pub fn qk_matmul(
    #[shape(rows, dim)] q: In<bf16>,
    #[shape(block, dim)] k: In<bf16>,
    #[shape(rows, block)] mut s: Out<f32>,
) {
    maths::matmul_transposed(&q, &k, &mut s);
}

/// Unnormalised weights `p`, row maxima `m` and row sums `l` of the valid columns' scores.
#[kernel(aiv)]
pub fn softmax_prepare(
    #[shape(rows, valid)] s: In<f32>,
    #[shape(rows, block)] mut p: Out<bf16>,
    #[shape(rows)] mut m: Out<f32>,
    #[shape(rows)] mut l: Out<f32>,
    scale: f32,
) {
    maths::softmax_prepare(
        &s,
        &mut p,
        elements_mut(&mut m),
        elements_mut(&mut l),
        scale,
    );
}

/// A block's part of the output: `o = p v`.
#[kernel(aic)]
pub fn pv_matmul(
    #[shape(rows, block)] p: In<bf16>,
    #[shape(block, dim)] v: In<bf16>,
    #[shape(rows, dim)] mut o: Out<f32>,
) {
    maths::matmul(&p, &v, &mut o);
}

/// Folds one block into the running maxima, sums and output; the last one writes `dst`.
#[kernel(aiv)]
pub fn online_update(
    #[shape(rows)] mi: In<f32>,
    #[shape(rows)] li: In<f32>,
    #[shape(rows, dim)] o_new: In<f32>,
    #[shape(rows)] mut m: InOut<f32>,
    #[shape(rows)] mut l: InOut<f32>,
    #[shape(rows, dim)] mut o: InOut<f32>,
    #[shape(rows, dim)] mut dst: InOut<f32>,
    first: bool,
    last: bool,
) {
    let (m, l) = (elements_mut(&mut m), elements_mut(&mut l));
    maths::online_update(
        elements(&mi),
        elements(&li),
        &o_new,
        m,
        l,
        &mut o,
        &mut dst,
        first,
        last,
    );
}

/// `c = a + b`, element by element.
#[kernel(aiv)]
pub fn add(#[shape(n)] a: In<f32>, #[shape(n)] b: In<f32>, #[shape(n)] mut c: Out<f32>) {
    let sums = elements(&a).iter().zip(elements(&b)).map(|(a, b)| a + b);
    elements_mut(&mut c)
        .iter_mut()
        .zip(sums)
        .for_each(|(c, sum)| *c = sum);
}

/// `c = a + x`, element by element.
#[kernel(aiv)]
pub fn add_scalar(#[shape(n)] a: In<f32>, #[shape(n)] mut c: Out<f32>, x: f32) {
    elements_mut(&mut c)
        .iter_mut()
        .zip(elements(&a))
        .for_each(|(c, a)| *c = a + x);
}

/// `c = a * b`, element by element.
#[kernel(aiv)]
pub fn mul(#[shape(n)] a: In<f32>, #[shape(n)] b: In<f32>, #[shape(n)] mut c: Out<f32>) {
    let products = elements(&a).iter().zip(elements(&b)).map(|(a, b)| a * b);
    elements_mut(&mut c)
        .iter_mut()
        .zip(products)
        .for_each(|(c, product)| *c = product);
}
