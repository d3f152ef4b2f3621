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
