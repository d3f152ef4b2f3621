use pto_runtime::prelude::*;

#[kernel]
fn nowhere(_x: In<f32>) {}

#[kernel(aic, aiv)]
fn everywhere(_x: In<f32>) {}

#[kernel(aic)]
async fn later(_x: In<f32>) -> u32 {
    4
}

#[kernel(aiv)]
fn shapes(#[shape(m)] _m: usize, #[shape(2 + 3)] _x: In<f32>) {}

#[kernel(gpu)]
fn elsewhere(_x: In<f32>) {}

#[kernel(aiv)]
fn nothing(_x: f32) {}

fn main() {}
