//! What the kernels compute: everything depends on what was there before, and on
//! the order in which it came there.

use pto_runtime::prelude::*;

/// Folds elements into a digest.
pub(crate) fn digest(start: u64, elements: impl Iterator<Item = u64>) -> u64 {
    elements.fold(start, |digest, element| {
        digest.rotate_left(5).wrapping_mul(31).wrapping_add(element)
    })
}

/// What becomes of the `at`-th element of a written tensor.
pub(crate) fn mixed(old: u64, digest: u64, at: usize) -> u64 {
    old.wrapping_mul(3)
        .wrapping_add(digest)
        .wrapping_add(at as u64)
}

/// The `at`-th element of a new tensor.
pub(crate) fn made(digest: u64, at: usize) -> u64 {
    digest.wrapping_mul(at as u64 + 1)
}

fn read(start: u64, x: &In<'_, u64>) -> u64 {
    digest(start, (0..x.len()).map(|at| x.get(at)))
}

/// Changes a tensor; the digest goes on to the next.
fn write(digest_so_far: u64, y: &mut InOut<'_, u64>) -> u64 {
    for at in 0..y.len() {
        y.set(at, mixed(y.get(at), digest_so_far, at));
    }
    digest(digest_so_far, (0..y.len()).map(|at| y.get(at)))
}

fn make(digest_so_far: u64, y: &mut Out<'_, u64>) {
    for at in 0..y.len() {
        y.set(at, made(digest_so_far, at));
    }
}

#[kernel(aiv)]
pub(crate) fn k_w(mut c: InOut<u64>) {
    write(1, &mut c);
}

#[kernel(aiv)]
pub(crate) fn k_rw(a: In<u64>, mut c: InOut<u64>) {
    write(read(1, &a), &mut c);
}

#[kernel(aic)]
pub(crate) fn k_rrw(a: In<u64>, b: In<u64>, mut c: InOut<u64>) {
    write(read(read(1, &a), &b), &mut c);
}

#[kernel(aiv)]
pub(crate) fn k_ww(mut c: InOut<u64>, mut d: InOut<u64>) {
    let digest = write(1, &mut c);
    write(digest, &mut d);
}

#[kernel(aic)]
pub(crate) fn k_rww(a: In<u64>, mut c: InOut<u64>, mut d: InOut<u64>) {
    let digest = write(read(1, &a), &mut c);
    write(digest, &mut d);
}

#[kernel(aiv)]
pub(crate) fn k_rrww(a: In<u64>, b: In<u64>, mut c: InOut<u64>, mut d: InOut<u64>) {
    let digest = write(read(read(1, &a), &b), &mut c);
    write(digest, &mut d);
}

#[kernel(aiv)]
pub(crate) fn k_ro(a: In<u64>, mut c: Out<u64>) {
    make(read(1, &a), &mut c);
}

#[kernel(aic)]
pub(crate) fn k_roo(a: In<u64>, mut c: Out<u64>, mut d: Out<u64>) {
    let digest = read(1, &a);
    make(digest, &mut c);
    make(digest.wrapping_add(1), &mut d);
}

#[kernel(aiv)]
pub(crate) fn k_f(mut c: Out<u64>) {
    make(1, &mut c);
}

/// Changes tensors, a block's part of each: all elements alike, however many blocks there are.
fn write_part(digest: u64, parts: [Option<InOut<'_, u64>>; 2], block: &Block<'_>) {
    assert!(block.index() < block.count());
    for mut part in parts.into_iter().flatten() {
        for at in 0..part.len() {
            part.set(at, mixed(part.get(at), digest, 0));
        }
    }
}

#[kernel(aiv, blocks)]
pub(crate) fn b_w(c: InOut<u64>, block: Block) {
    write_part(1, [Some(c), None], &block);
}

#[kernel(aiv, blocks)]
pub(crate) fn b_rw(a: In<u64>, c: InOut<u64>, block: Block) {
    write_part(read(1, &a), [Some(c), None], &block);
}

#[kernel(aic, blocks)]
pub(crate) fn b_rrw(a: In<u64>, b: In<u64>, c: InOut<u64>, block: Block) {
    write_part(read(read(1, &a), &b), [Some(c), None], &block);
}

#[kernel(aiv, blocks)]
pub(crate) fn b_ww(c: InOut<u64>, d: InOut<u64>, block: Block) {
    write_part(1, [Some(c), Some(d)], &block);
}

#[kernel(aic, blocks)]
pub(crate) fn b_rww(a: In<u64>, c: InOut<u64>, d: InOut<u64>, block: Block) {
    write_part(read(1, &a), [Some(c), Some(d)], &block);
}

#[kernel(aiv, blocks)]
pub(crate) fn b_rrww(a: In<u64>, b: In<u64>, c: InOut<u64>, d: InOut<u64>, block: Block) {
    write_part(read(read(1, &a), &b), [Some(c), Some(d)], &block);
}

#[kernel(aiv, blocks)]
pub(crate) fn b_ro(a: In<u64>, mut c: Out<u64>, block: Block) {
    let digest = read(1, &a);
    for (own, all) in block.range(crate::ELEMENTS).enumerate() {
        c.set(own, made(digest, all));
    }
}
