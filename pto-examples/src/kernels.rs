//! The kernels: the arithmetic of [`maths`] behind task arguments.

// The macro wraps each function in items with the same signature, which have as many parameters as it takes.
#![allow(clippy::too_many_arguments)]

use pto_runtime::prelude::*;

use crate::maths::{self, Tile, TileMut};
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

/// Products of tiles, one by one: `c[i] = a[i] b[i]`.
#[kernel(aic)]
pub fn gemm(
    #[shape(tiles, rows, inner)] a: In<f32>,
    #[shape(tiles, inner, columns)] b: In<f32>,
    #[shape(tiles, rows, columns)] mut c: Out<f32>,
) {
    let [rows, inner, columns] = [a.dim(1), a.dim(2), b.dim(2)];
    let factors = elements(&a)
        .chunks(rows * inner)
        .zip(elements(&b).chunks(inner * columns));
    for (c, (a, b)) in elements_mut(&mut c).chunks_mut(rows * columns).zip(factors) {
        maths::product((rows, inner, columns), a, b, c);
    }
}

/// `sum += x`, tiles of any size.
#[kernel(aiv)]
pub fn accumulate(
    #[shape(tiles, rows, columns)] x: In<f32>,
    #[shape(tiles, rows, columns)] mut sum: InOut<f32>,
) {
    let sums = elements_mut(&mut sum).iter_mut();
    sums.zip(elements(&x)).for_each(|(sum, x)| *sum += x);
}

/// `c = a + b`, tiles of any size.
#[kernel(aiv)]
pub fn add_tiles(
    #[shape(tiles, rows, columns)] a: In<f32>,
    #[shape(tiles, rows, columns)] b: In<f32>,
    #[shape(tiles, rows, columns)] mut c: Out<f32>,
) {
    let sums = elements(&a).iter().zip(elements(&b)).map(|(a, b)| a + b);
    let all = elements_mut(&mut c).iter_mut();
    all.zip(sums).for_each(|(c, sum)| *c = sum);
}

/// Every element is `value`.
#[kernel(aiv)]
pub fn fill(mut x: Out<f32>, value: f32) {
    x.fill(value);
}

/// `y = x`.
#[kernel(aiv)]
pub fn copy(#[shape(n)] x: In<f32>, #[shape(n)] mut y: Out<f32>) {
    y.copy_from_slice(elements(&x));
}

/// `y` is the sum of all elements.
#[kernel(aiv)]
pub fn sum(x: In<f32>, #[shape(1)] mut y: Out<f32>) {
    y.set(0, elements(&x).iter().sum());
}

/// Scores of several sequences' queries against the `n`-th block of each: rows of the same number of `q` and `s` for each
/// row of the table.
#[kernel(aic)]
pub fn batch_scores(
    #[shape(rows, dim)] q: In<bf16>,
    #[shape(tokens, dim)] k: In<bf16>,
    #[shape(sequences, longest)] table: In<i32>,
    #[shape(rows, block)] mut s: Out<f32>,
    n: usize,
    block: usize,
) {
    let (dim, heads) = (q.dim(1), q.dim(0) / table.dim(0));
    let (queries, keys) = (elements(&q), elements(&k));
    for (i, s) in elements_mut(&mut s).chunks_mut(heads * block).enumerate() {
        let at = table.get([i, n]) as usize * block;
        let q = Tile::packed(&queries[i * heads * dim..(i + 1) * heads * dim], dim);
        let k = Tile::packed(&keys[at * dim..(at + block) * dim], dim);
        maths::matmul_transposed(&q, &k, &mut TileMut::packed(s, block));
    }
}

/// Unnormalised weights, row maxima and row sums of the `n`-th block of several sequences.
#[kernel(aiv)]
pub fn batch_softmax(
    #[shape(rows, block)] s: In<f32>,
    #[shape(sequences)] lens: In<i32>,
    #[shape(rows, block)] mut p: Out<bf16>,
    #[shape(rows)] mut m: Out<f32>,
    #[shape(rows)] mut l: Out<f32>,
    scale: f32,
    n: usize,
) {
    let (block, heads) = (s.dim(1), s.dim(0) / lens.dim(0));
    let weights = elements_mut(&mut p).chunks_mut(heads * block);
    let maxima = elements_mut(&mut m).chunks_mut(heads);
    let sums = elements_mut(&mut l).chunks_mut(heads);
    let scores = elements(&s).chunks(heads * block);
    for (i, (((p, m), l), s)) in weights.zip(maxima).zip(sums).zip(scores).enumerate() {
        let valid = (lens.get(i) as usize).saturating_sub(n * block).min(block);
        let s = Tile::new(s, heads, valid, block);
        maths::softmax_prepare(&s, &mut TileMut::packed(p, block), m, l, scale);
    }
}

/// The part of several sequences' outputs that is due to the `n`-th block of each.
#[kernel(aic)]
pub fn batch_product(
    #[shape(rows, block)] p: In<bf16>,
    #[shape(tokens, dim)] v: In<bf16>,
    #[shape(sequences, longest)] table: In<i32>,
    #[shape(rows, dim)] mut o: Out<f32>,
    n: usize,
    block: usize,
) {
    let (dim, heads) = (v.dim(1), p.dim(0) / table.dim(0));
    let (weights, values) = (elements(&p), elements(&v));
    for (i, o) in elements_mut(&mut o).chunks_mut(heads * dim).enumerate() {
        let at = table.get([i, n]) as usize * block;
        let p = Tile::packed(&weights[i * heads * block..(i + 1) * heads * block], block);
        let v = Tile::packed(&values[at * dim..(at + block) * dim], dim);
        maths::matmul(&p, &v, &mut TileMut::packed(o, dim));
    }
}

/// `c = a * b` element by element, tiles of any size.
#[kernel(aiv)]
pub fn mul_tiles(
    #[shape(tiles, rows, columns)] a: In<f32>,
    #[shape(tiles, rows, columns)] b: In<f32>,
    #[shape(tiles, rows, columns)] mut c: Out<f32>,
) {
    let products = elements(&a).iter().zip(elements(&b)).map(|(a, b)| a * b);
    let all = elements_mut(&mut c).iter_mut();
    all.zip(products).for_each(|(c, product)| *c = product);
}

/// Leaves everything as it is, although it may write.
#[kernel(aiv)]
pub fn touch(_x: InOut<f32>) {}
