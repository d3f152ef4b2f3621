use pto_runtime::prelude::*;

#[orchestration(window = 100)]
fn not_a_power(x: In<f32>) {}

#[orchestration(windows = [64, 64])]
fn too_few(x: In<f32>) {}

#[orchestration(window = 64, windows = [64, 64, 64, 64])]
fn both(x: In<f32>) {}

#[orchestration(workers = 4)]
fn unknown(x: In<f32>) {}

#[kernel(gpu)]
fn elsewhere(_x: In<f32>) {}

#[kernel(aiv)]
fn shapes(#[shape(2 + 3)] _x: In<f32>, #[shape(a, b, c, d, e, f)] _y: In<f32>) {}

fn main() {}
