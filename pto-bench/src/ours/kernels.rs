//! The kernels of the workloads: each does the arithmetic of a [`Kind`] on the first numbers of the cells it gets.

use pto_runtime::prelude::*;

use crate::clock::spin;
use crate::workload::{Kind, Value};

/// Writes what depends on nothing.
fn produce(kind: Kind, out: &mut Out<'_, u64>, id: usize, ticks: u64) {
    let value = Value::new(id as u64, kind);
    spin(ticks);
    out.set(0, value.output(0));
}

/// A task of `nodep`.
#[kernel(aiv)]
pub(super) fn undeclared(mut out: Out<u64>, id: usize, ticks: u64) {
    produce(Kind::Nodep, &mut out, id, ticks);
}

/// A task of `indep`.
#[kernel(aiv)]
pub(super) fn independent(mut out: Out<u64>, id: usize, ticks: u64) {
    produce(Kind::Out, &mut out, id, ticks);
}

/// A link of a chain.
#[kernel(aiv)]
pub(super) fn step(mut cell: InOut<u64>, id: usize, ticks: u64) {
    let value = Value::new(id as u64, Kind::Step).reading(cell.get(0));
    spin(ticks);
    cell.set(0, value.output(0));
}

/// A point of a stencil, from three of the step before.
#[kernel(aiv)]
pub(super) fn stencil(
    left: In<u64>,
    middle: In<u64>,
    right: In<u64>,
    mut out: Out<u64>,
    id: usize,
    ticks: u64,
) {
    let value = Value::new(id as u64, Kind::Stencil)
        .reading(left.get(0))
        .reading(middle.get(0))
        .reading(right.get(0));
    spin(ticks);
    out.set(0, value.output(0));
}

/// The first value of a group's sum.
#[kernel(aiv)]
pub(super) fn first(mut sum: Out<u64>, id: usize, ticks: u64) {
    produce(Kind::First, &mut sum, id, ticks);
}

/// The scores of a block.
#[kernel(aic)]
pub(super) fn scores(key: In<u64>, mut scores: Out<u64>, id: usize, ticks: u64) {
    let value = Value::new(id as u64, Kind::Scores).with_constant(key.get(0));
    spin(ticks);
    scores.set(0, value.output(0));
}

/// The weights of a block, and what they are divided by.
#[kernel(aiv)]
pub(super) fn weights(
    scores: In<u64>,
    mut weights: Out<u64>,
    mut norm: Out<u64>,
    id: usize,
    ticks: u64,
) {
    let value = Value::new(id as u64, Kind::Weights).reading(scores.get(0));
    spin(ticks);
    weights.set(0, value.output(0));
    norm.set(0, value.output(1));
}

/// The weights of a block, multiplied.
#[kernel(aic)]
pub(super) fn product(
    weights: In<u64>,
    value: In<u64>,
    mut product: Out<u64>,
    id: usize,
    ticks: u64,
) {
    let made = Value::new(id as u64, Kind::Product)
        .reading(weights.get(0))
        .with_constant(value.get(0));
    spin(ticks);
    product.set(0, made.output(0));
}

/// A block's part of the group's sum.
#[kernel(aiv)]
pub(super) fn update(norm: In<u64>, product: In<u64>, mut sum: InOut<u64>, id: usize, ticks: u64) {
    let value = Value::new(id as u64, Kind::Update)
        .reading(norm.get(0))
        .reading(product.get(0))
        .reading(sum.get(0));
    spin(ticks);
    sum.set(0, value.output(0));
}

/// A task of `random`.
#[kernel(aiv)]
pub(super) fn gather(
    a: In<u64>,
    b: In<u64>,
    c: In<u64>,
    d: In<u64>,
    mut out: Out<u64>,
    id: usize,
    ticks: u64,
) {
    let value = Value::new(id as u64, Kind::Gather)
        .reading(a.get(0))
        .reading(b.get(0))
        .reading(c.get(0))
        .reading(d.get(0));
    spin(ticks);
    out.set(0, value.output(0));
}
