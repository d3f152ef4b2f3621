//! Kernels that do nothing: what is left is what it costs to have tasks.

// A kernel takes every tensor and every scalar as an argument of its own.
#![allow(clippy::too_many_arguments)]

use pto_runtime::prelude::*;

#[kernel(aiv)]
pub(super) fn make(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
pub(super) fn step(_x: InOut<f32>) {}

#[kernel(aic)]
pub(super) fn qk(_q: In<f32>, _key: In<f32>, _scores: Out<f32>) {}

#[kernel(aiv)]
pub(super) fn softmax(
    _scores: In<f32>,
    _weights: Out<f32>,
    _maxima: Out<f32>,
    _sums: Out<f32>,
    _scale: f32,
) {
}

#[kernel(aic)]
pub(super) fn pv(_weights: In<f32>, _value: In<f32>, _product: Out<f32>) {}

#[kernel(aiv)]
pub(super) fn update(
    _maxima: In<f32>,
    _sums: In<f32>,
    _product: In<f32>,
    _m: InOut<f32>,
    _l: InOut<f32>,
    _o: InOut<f32>,
    _dst: InOut<f32>,
    _is_first: bool,
    _is_last: bool,
) {
}

/// As `qk`, over several blocks of the whole cache.
#[kernel(aic)]
pub(super) fn qk_blocks(
    _q: In<f32>,
    _keys: In<f32>,
    _table: In<i32>,
    _scores: Out<f32>,
    _count: usize,
    _first: usize,
) {
}

/// As `pv`, over several blocks of the whole cache.
#[kernel(aic)]
pub(super) fn pv_blocks(
    _weights: In<f32>,
    _values: In<f32>,
    _table: In<i32>,
    _product: Out<f32>,
    _count: usize,
    _first: usize,
) {
}

#[kernel(aic)]
pub(super) fn gemm(_a: In<f32>, _b: In<f32>, _c: Out<f32>) {}

#[kernel(aiv)]
pub(super) fn accumulate(_x: In<f32>, _sum: InOut<f32>) {}

#[kernel(aiv)]
pub(super) fn add(_x: In<f32>, _y: In<f32>, _z: Out<f32>) {}
