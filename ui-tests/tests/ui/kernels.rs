// Kernels that the programs of the ui tests submit.

use pto_runtime::prelude::*;

#[kernel(aic)]
pub fn produce(_x: In<f32>, _y: Out<f32>) {}

#[kernel(aiv)]
pub fn update(_x: In<f32>, _y: InOut<f32>) {}

#[kernel(aiv)]
pub fn scale(_x: In<f32>, _y: Out<f32>, _factor: f32) {}
