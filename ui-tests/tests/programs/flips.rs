//! What programs ask of their inputs: the same numbers in both forms of a program.

use std::cell::Cell;

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(0) };
}

/// Starts the numbers anew.
pub(crate) fn set(seed: u64) {
    STATE.set(seed);
}

fn next() -> usize {
    let state = STATE
        .get()
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    STATE.set(state);
    usize::try_from(state >> 33).unwrap_or(0)
}

pub(crate) fn flip() -> bool {
    next().is_multiple_of(2)
}

pub(crate) fn pick() -> usize {
    next() % 3
}

pub(crate) fn maybe() -> Option<usize> {
    let number = next();
    number.is_multiple_of(2).then_some(number / 2 % 3)
}
