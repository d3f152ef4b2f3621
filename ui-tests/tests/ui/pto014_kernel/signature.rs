use pto_runtime::prelude::*;

#[kernel]
fn nowhere(_x: In<f32>) {}

#[kernel(aic, aiv)]
fn everywhere(_x: In<f32>) {}

#[kernel(aic)]
async unsafe extern "C" fn later<'a>(_x: In<'a, f32>) -> u32 {
    4
}

#[kernel(aiv)]
fn scalars(#[shape(m)] _m: usize, _f: impl Copy) {}

#[kernel(aiv)]
fn nothing(_x: f32) {}

#[kernel(aiv)]
enum NoFunction {}

fn main() {}
