// What a run uses outlives it, and is not changed while it is borrowed.
#[path = "../kernels.rs"]
mod kernels;

use kernels::*;
use pto_runtime::prelude::*;

#[orchestration]
fn fold(x: In<f32>, y: InOut<f32>) {
    update(&x, &mut y);
}

fn gone(runtime: &mut Runtime, y: &mut Tensor<f32>) -> Result<(), pto_runtime::Error> {
    let program = {
        let x = Tensor::zeros([8]);
        fold(&x, y)
    };
    runtime.run(program)?;
    Ok(())
}

fn changed(runtime: &mut Runtime, y: &mut Tensor<f32>) -> Result<(), pto_runtime::Error> {
    let mut x = Tensor::zeros([8]);
    let program = fold(&x, y);
    x.as_mut_slice()[0] = 1.0;
    runtime.run(program)?;
    Ok(())
}

fn main() {}
