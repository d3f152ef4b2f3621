// A kernel cannot keep what it is lent.
use std::cell::Cell;

use pto_runtime::prelude::*;

thread_local! {
    static KEPT: Cell<Option<In<'static, f32>>> = const { Cell::new(None) };
}

#[kernel(aiv)]
fn keeps(x: In<f32>, _y: Out<f32>) {
    KEPT.set(Some(x));
}

#[kernel(aiv)]
fn lends(x: In<f32>, mut y: Out<f32>) {
    std::thread::spawn(move || y.set(0, x.get(0)));
}

fn main() {}
